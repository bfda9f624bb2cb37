// Fetches what strangers name, without being led: only http and https, only public addresses, checked at the moment of connecting, for the very
// address that is connected to, so that no name and no redirect leads elsewhere between looking and going. Bytes are counted as they come and
// again as they are unpacked; everything ends within a time. Polite: says who asks, asks "if changed", and not twice at once on a host.

using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;

namespace Maison.Api.Briefings.Sources;

/// <summary>Why something could not be fetched, in words for whoever named it.</summary>
public sealed class FetchProblem(string message) : Exception(message)
{
    /// <summary>What the server answered; 0 where it did not.</summary>
    public int Status { get; init; }
}

/// <summary>What came.</summary>
/// <param name="At">Where it came from, after redirects.</param>
/// <param name="Bytes">Unpacked; empty where nothing changed.</param>
public sealed record Fetched(Uri At, byte[] Bytes, string? MediaType, string? Charset, string? Etag, string? Modified)
{
    /// <summary>The server says that what it sent before still holds.</summary>
    public bool Unchanged { get; init; }
}

/// <summary>Fetches; safe from any thread.</summary>
public sealed class Fetcher : IDisposable
{
    const int MostRedirects = 5, MostAtOnceOnAHost = 1;
    const string Agent = "Maison/0.1 (daily briefing; a feed reader)";

    readonly HttpMessageInvoker http;
    readonly ConcurrentDictionary<string, SemaphoreSlim> hosts = new();

    /// <summary>For the open Internet.</summary>
    public Fetcher() : this(PublicAddress.Is, Dns.GetHostAddressesAsync) { }

    /// <param name="allowed">Which addresses may be connected to.</param>
    /// <param name="resolve">Finds the addresses of a name.</param>
    internal Fetcher(Func<IPAddress, bool> allowed, Func<string, CancellationToken, Task<IPAddress[]>> resolve) => http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PreAuthenticate = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = 64,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        ConnectTimeout = TimeSpan.FromSeconds(8),
        ConnectCallback = PublicAddress.Connect(allowed, resolve),
    });

    /// <summary>Bytes at most, packed and unpacked.</summary>
    public int MostBytes { get; init; } = 5 << 20;

    /// <summary>For everything, redirects included.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Fetches an address.</summary>
    /// <param name="etag">Of what is there already, if anything is; likewise <paramref name="modified"/>.</param>
    /// <exception cref="FetchProblem">It may not or can not be fetched; says why.</exception>
    public async Task<Fetched> Get(string address, string? etag, string? modified, CancellationToken stop)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var at)) throw new FetchProblem($"'{address}' is no address: give one that begins with https://.");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        ending.CancelAfter(Limit);
        try
        {
            for (var hops = 0; hops <= MostRedirects; hops++)
            {
                Check(at);
                var turn = hosts.GetOrAdd(at.Host, _ => new(MostAtOnceOnAHost));
                await turn.WaitAsync(ending.Token);
                try
                {
                    using var request = Request(at, etag, modified);
                    using var answer = await http.SendAsync(request, ending.Token);
                    if ((int)answer.StatusCode is 301 or 302 or 303 or 307 or 308)
                    {
                        var next = answer.Headers.Location ?? throw new FetchProblem($"{at.Host} redirects to nowhere.");
                        at = next.IsAbsoluteUri ? next : new(at, next);
                        continue;
                    }
                    return await Read(at, answer, ending.Token);
                }
                finally
                {
                    turn.Release();
                }
            }
            throw new FetchProblem($"{at.Host} redirects more than {MostRedirects} times.");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new FetchProblem($"{at.Host} did not finish within {Limit.TotalSeconds:0} s.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or InvalidDataException or UriFormatException)
        {
            for (var inner = e; inner is not null; inner = inner.InnerException)
                if (inner is FetchProblem problem) throw new FetchProblem(problem.Message);
            throw new FetchProblem($"{at.Host} can not be read: {e.Message}");
        }
    }

    static void Check(Uri at)
    {
        if (at.Scheme is not ("http" or "https")) throw new FetchProblem($"'{at.Scheme}:' is not fetched: give an address that begins with https://.");
        if (at.UserInfo.Length > 0) throw new FetchProblem($"The address of {at.Host} holds a name or a password. Give one without.");
        if (at.Host.Length == 0) throw new FetchProblem("The address names no host.");
    }

    static HttpRequestMessage Request(Uri at, string? etag, string? modified)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, at);
        request.Headers.TryAddWithoutValidation("user-agent", Agent);
        request.Headers.TryAddWithoutValidation("accept", "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/html;q=0.8, */*;q=0.5");
        request.Headers.TryAddWithoutValidation("accept-encoding", "gzip, br");
        request.Headers.TryAddWithoutValidation("accept-language", "en");
        if (etag is not null) request.Headers.TryAddWithoutValidation("if-none-match", etag);
        if (modified is not null) request.Headers.TryAddWithoutValidation("if-modified-since", modified);
        return request;
    }

    async Task<Fetched> Read(Uri at, HttpResponseMessage answer, CancellationToken stop)
    {
        var (headers, type) = (answer.Content.Headers, answer.Content.Headers.ContentType);
        var came = new Fetched(at, [], type?.MediaType, type?.CharSet?.Trim('"'), answer.Headers.ETag?.ToString(), headers.TryGetValues("last-modified", out var dates) ? dates.First() : null);
        if (answer.StatusCode == HttpStatusCode.NotModified) return came with { Unchanged = true };
        if (answer.StatusCode != HttpStatusCode.OK) throw new FetchProblem($"{at.Host} answers {(int)answer.StatusCode}{(answer.StatusCode == HttpStatusCode.TooManyRequests ? ": it asks to wait" : "")}.") { Status = (int)answer.StatusCode };
        var packings = headers.ContentEncoding.Select(e => e.ToLowerInvariant()).Where(e => e != "identity").ToArray();
        if (packings.Length > 1 || packings.Length == 1 && packings[0] is not ("gzip" or "br")) throw new FetchProblem($"{at.Host} packs its answer as {string.Join(", ", packings)}, which was not asked for.");
        await using var packed = new CountedStream(await answer.Content.ReadAsStreamAsync(stop), MostBytes, at.Host);
        await using Stream plain = packings switch { ["gzip"] => new GZipStream(packed, CompressionMode.Decompress), ["br"] => new BrotliStream(packed, CompressionMode.Decompress), _ => packed };
        using var bytes = new MemoryStream();
        var block = new byte[32 << 10];
        for (int read; (read = await plain.ReadAsync(block, stop)) > 0;)
        {
            if (bytes.Length + read > MostBytes) throw CountedStream.TooLarge(at.Host, MostBytes);
            bytes.Write(block, 0, read);
        }
        return came with { Bytes = bytes.ToArray() };
    }

    public void Dispose() => http.Dispose();
}
