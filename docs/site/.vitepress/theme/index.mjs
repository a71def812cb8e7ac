import DefaultTheme from "vitepress/theme";
import { useData, useRoute } from "vitepress";
import { nextTick, onMounted, watch } from "vue";
import source from "mermaid/dist/mermaid.min.js?url";
import "./style.css";

let loading;

/** Mermaid is loaded by the first page that has a diagram. */
function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.addEventListener("load", () => resolve(globalThis.mermaid));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return loading;
}

async function draw(isDark) {
  await nextTick();
  const nodes = [...document.querySelectorAll("pre.mermaid")];
  if (nodes.length === 0) return;
  const mermaid = await load();
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: isDark ? "dark" : "neutral" });
  for (const node of nodes) {
    node.dataset.source ??= node.textContent;
    node.removeAttribute("data-processed");
    node.textContent = node.dataset.source;
  }
  await mermaid.run({ nodes });
}

export default {
  extends: DefaultTheme,
  setup() {
    const route = useRoute();
    const { isDark } = useData();
    onMounted(() => draw(isDark.value));
    watch(
      () => [route.path, isDark.value],
      () => draw(isDark.value),
      { flush: "post" },
    );
  },
};
