package client;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.jdbc.core.JdbcTemplate;

/** Spring Boot, as it configures itself: of its own variables, or of the directory of a service binding. */
@SpringBootApplication
public class Client {
    public static void main(String[] args) {
        var application = new SpringApplicationBuilder(Client.class).web(WebApplicationType.NONE).logStartupInfo(false);
        try (var context = application.run("--spring.main.banner-mode=off", "--logging.level.root=error")) {
            System.out.println("OK " + context.getBean(JdbcTemplate.class).queryForObject(System.getenv("SQL"), String.class));
        }
    }
}
