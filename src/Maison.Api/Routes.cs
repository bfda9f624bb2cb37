// Every route of the server by name. Errors list them, the key gate knows the open ones, metrics label by them.

namespace Maison.Api;

/// <summary>The paths that this server answers.</summary>
static class Routes
{
    public const string ChatCompletions = "/v1/chat/completions";
    public const string Completions = "/v1/completions";
    public const string Responses = "/v1/responses";
    public const string Response = "/v1/responses/{id}";
    public const string Conversations = "/v1/conversations";
    public const string Messages = "/v1/messages";
    public const string CountTokens = "/v1/messages/count_tokens";
    public const string Embeddings = "/v1/embeddings";
    public const string Moderations = "/v1/moderations";
    public const string Speech = "/v1/audio/speech";
    public const string Transcriptions = "/v1/audio/transcriptions";
    public const string Voices = "/v1/audio/voices";
    public const string Pictures = "/v1/images/generations";
    public const string Edits = "/v1/images/edits";
    public const string Variations = "/v1/images/variations";

    /// <summary>Pictures at addresses that last an hour; the name in the path is the key.</summary>
    public const string KeptPictures = "/v1/images/kept";
    public const string Models = "/v1/models";
    public const string Model = "/v1/models/{id}";

    /// <summary>Names of models may have slashes.</summary>
    public const string ModelPattern = "/v1/models/{**id}";
    public const string Files = "/v1/files";
    public const string Batches = "/v1/batches";
    public const string Briefings = "/v1/briefings";
    public const string Shows = "/v1/briefings/shows";

    /// <summary>Feeds for podcast players; a token in the path opens each.</summary>
    public const string Podcasts = "/podcasts";

    public const string Arena = "/v1/arena";
    public const string Battles = Arena + "/battles";
    public const string ArenaBoard = Arena + "/board";
    public const string ArenaExport = Arena + "/export";
    public const string ArenaSnapshot = Arena + "/snapshot";
    public const string ArenaMethod = Arena + "/method";

    /// <summary>Administration: keys, projects, spending, audit; only for keys made with admin.</summary>
    public const string Organization = "/v1/organization";

    /// <summary>What this machine is learning; for administrators like the above.</summary>
    public const string Training = "/v1/training";
    public const string TrainingRuns = Training + "/runs";

    /// <summary>What this machine was measured to do.</summary>
    public const string Benchmarks = "/v1/benchmarks";

    /// <summary>A name and a password for a key that ends.</summary>
    public const string Sessions = "/v1/sessions", SessionProvider = Sessions + "/provider";
    public const string Conformance = "/conformance";

    /// <summary>The Model Context Protocol.</summary>
    public const string Mcp = "/mcp";

    /// <summary>Other servers whose tools may be used.</summary>
    public const string McpServers = "/v1/mcp/servers";
    public const string Metrics = "/metrics";
    public const string Health = "/health";
    public const string Ready = "/ready";

    /// <summary>For messages.</summary>
    public const string Known = $"POST {ChatCompletions}, POST {Completions}, POST {Responses}, GET {Response}, DELETE {Response}, {Conversations}, POST {Messages}, POST {CountTokens}, POST {Embeddings}, POST {Moderations}, POST {Speech}, POST {Transcriptions}, GET {Voices}, POST {Pictures}, POST {Edits}, GET {Models}, GET {Model}, {Files}, {Batches}, {Briefings}, {Shows}, {Arena}/…, {Organization}/…, GET {TrainingRuns}, GET {Benchmarks}, POST {Sessions}, GET {SessionProvider}, GET {Conformance}, POST {Mcp}, GET {McpServers}, GET {Metrics}, GET {Health}, GET {Ready}";
}
