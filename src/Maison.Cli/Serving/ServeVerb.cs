namespace Maison.Cli.Serving;

static class ServeVerb { public const int DefaultPort = 8642; }
