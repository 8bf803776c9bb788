# The clients: one file a tool
