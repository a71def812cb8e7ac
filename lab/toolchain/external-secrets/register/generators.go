// Package register registers no generator: the lab uses none, and several bring a cloud's client.
package register
