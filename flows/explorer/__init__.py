"""The explorer: a web page on a graph, by Gradio. It reads the graph and never writes it."""
