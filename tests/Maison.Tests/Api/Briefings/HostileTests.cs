// Sixty feeds, pages and servers that mean harm: bombs of entities, depth, size and compression, addresses that lead inside, names that change
// their address between looking and going, bodies without an end. Each ends soon, in words or in harmless text.

using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Maison.Api.Briefings.Sources;

namespace Maison.Tests.Api.Briefings;

public sealed class HostileTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    static string Item(string inside) => $"""<rss version="2.0"><channel><title>T</title><item>{inside}</item></channel></rss>""";

    static string Deep(string open, string close, int times) => string.Concat(Enumerable.Repeat(open, times)) + "text" + string.Concat(Enumerable.Repeat(close, times));

    static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    /// <summary>Documents; what is inside must never come out as text, or be read for long.</summary>
    static readonly (string Name, Func<string> Xml)[] Documents =
    [
        ("billion laughs", () => "<!DOCTYPE x [" + string.Concat(Enumerable.Range(1, 9).Select(i => $"<!ENTITY l{i} \"{Repeat($"&l{i - 1};", 10)}\">")) + "<!ENTITY l0 \"SECRET\">]>" + Item("<title>&l9;</title>")),
        ("quadratic blowup", () => $"<!DOCTYPE x [<!ENTITY a \"{new string('S', 50_000)}\">]>" + Item($"<title>{Repeat("&a;", 20_000)}</title>")),
        ("external file", () => "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>" + Item("<title>&f;</title>")),
        ("external address", () => "<!DOCTYPE x [<!ENTITY f SYSTEM \"http://169.254.169.254/latest\">]>" + Item("<title>&f;</title>")),
        ("external document type", () => "<!DOCTYPE rss SYSTEM \"http://127.0.0.1:1/x.dtd\">" + Item("<title>x</title>")),
        ("parameter entities", () => "<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/p\"> %p;]>" + Item("<title>x</title>")),
        ("xinclude", () => Item("<title>x</title><xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\" parse=\"text\"/>")),
        ("deep elements", () => Item(Deep("<a>", "</a>", 50_000))),
        ("deep unclosed", () => "<rss>" + Repeat("<a>", 200_000)),
        ("many elements", () => Item(Repeat("<a/>", 500_000))),
        ("many attributes", () => Item("<title " + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"a{i}=\"1\" ")) + ">x</title>")),
        ("many namespaces", () => Item(string.Concat(Enumerable.Range(0, 3_000).Select(i => $"<a xmlns:n{i}=\"urn:{i}\"/>")))),
        ("long name", () => Item($"<{new string('a', 500_000)}/>")),
        ("long text", () => Item($"<title>{new string('x', 7 << 20)}</title>")),
        ("too many bytes", () => Item($"<title>{new string('x', 9 << 20)}</title>")),
        ("many items", () => "<rss version=\"2.0\"><channel><title>T</title>" + Repeat("<item><title>x</title></item>", 60_000) + "</channel></rss>"),
        ("script in a title", () => Item("<title>&lt;script&gt;alert(1)&lt;/script&gt;Fine</title>")),
        ("script in a description", () => Item("<title>x</title><description>&lt;script&gt;SECRET()&lt;/script&gt;&lt;p&gt;Fine words stand here.&lt;/p&gt;</description>")),
        ("script as a link", () => Item("<title>x</title><link>javascript:alert(1)</link>")),
        ("style and handlers", () => Item("<title>x</title><description>&lt;p onclick=\"SECRET\" style=\"x\"&gt;Fine words stand here.&lt;/p&gt;&lt;style&gt;SECRET&lt;/style&gt;</description>")),
        ("hidden words", () => Item("<title>x</title><description>&lt;p&gt;Fine words stand here.&lt;/p&gt;&lt;p style=\"display: none\"&gt;SECRET orders to a machine.&lt;/p&gt;</description>")),
        ("deep html", () => Item($"<title>x</title><description><![CDATA[{Deep("<div>", "</div>", 40_000)}]]></description>")),
        ("deep formatting", () => Item($"<title>x</title><description><![CDATA[{Repeat("<b><i><u><a>", 20_000)}text]]></description>")),
        ("tables in tables", () => Item($"<title>x</title><description><![CDATA[{Repeat("<table><tr><td>", 20_000)}text]]></description>")),
        ("attribute without an end", () => Item($"<title>x</title><description><![CDATA[<p title=\"{new string('x', 1 << 20)}]]></description>")),
        ("comment without an end", () => Item("<title>x</title><!-- " + new string('-', 100_000))),
        ("cdata without an end", () => "<rss version=\"2.0\"><channel><title>T</title><item><description><![CDATA[" + new string('x', 100_000)),
        ("null bytes", () => "\0\0\0" + Item("<title>\0x</title>")),
        ("half a surrogate", () => Item("<title>\ud800x</title>")),
        ("backwards text", () => Item("<title>abc\u202edcba</title>")),
        ("unknown encoding", () => "<?xml version=\"1.0\" encoding=\"x-mac-evil\"?>" + Item("<title>x</title>")),
        ("utf-7", () => "<?xml version=\"1.0\" encoding=\"utf-7\"?>" + Item("<title>+ADw-script+AD4-</title>")),
        ("processing instructions", () => Repeat("<?x y?>", 50_000) + Item("<title>x</title>")),
        ("ampersands", () => Item($"<title>{Repeat("&", 300_000)}</title>")),
        ("odd numbers", () => Item("<title>&#0;&#x110000;&#xD800;&#99999999999;x</title>")),
    ];

    public static TheoryData<string> DocumentNames => [.. Documents.Select(d => d.Name)];

    [Theory, MemberData(nameof(DocumentNames))]
    public async Task AHostileDocumentDoesNoHarm(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(Documents.First(d => d.Name == name).Xml());
        var clock = Stopwatch.StartNew();
        var read = await Material.Read(new GivenText(name, bytes)).WaitAsync(Soon);
        Assert.True(clock.Elapsed < Soon);
        Assert.True(read.Sources.Count > 0 || read.Notes.Count == 1, string.Join("; ", read.Notes));
        foreach (var source in read.Sources)
        {
            Assert.All(source.Passages, p => Assert.DoesNotContain("SECRET", p));
            Assert.All(source.Passages, p => Assert.DoesNotContain("root:", p));
            Assert.All(source.Passages, p => Assert.DoesNotMatch("[\\u0000-\\u001f\\u202a-\\u202e]", p));
            Assert.False(source.Url?.StartsWith("javascript", StringComparison.Ordinal) ?? false);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1/feed")]
    [InlineData("http://localhost/feed")]
    [InlineData("http://[::1]/feed")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://192.168.1.1/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[64:ff9b::7f00:1]/")]
    [InlineData("http://[fd00::1]/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1:6379/_x")]
    [InlineData("https://user:secret@example.com/")]
    public async Task NothingInsideIsFetched(string address)
    {
        using var fetcher = new Fetcher();
        var problem = await Assert.ThrowsAsync<FetchProblem>(() => fetcher.Get(address, null, null, default).WaitAsync(Soon));
        Assert.DoesNotContain("secret", problem.Message);
    }

    [Fact]
    public void EverythingThatIsSetApartIsClosed()
    {
        foreach (var closed in (string[])["10.1.2.3", "100.64.0.1", "127.9.9.9", "169.254.1.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "0.1.2.3", "192.0.2.1", "203.0.113.9", "::", "::1", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1", "2002:7f00:1::", "64:ff9b::a00:1", "::ffff:10.0.0.1", "2001::1"])
            Assert.False(PublicAddress.Is(IPAddress.Parse(closed)), closed);
        foreach (var open in (string[])["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
            Assert.True(PublicAddress.Is(IPAddress.Parse(open)), open);
    }

    /// <summary>Servers; each answers a connection with its own malice. On this machine 127.0.0.1 plays the open Internet, and 127.0.0.2 what lies inside.</summary>
    static readonly (string Name, Func<NetworkStream, int, Task> Answer)[] Servers =
    [
        ("redirect inside", (s, port) => Send(s, $"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:{port}/\r\nContent-Length: 0\r\n\r\n")),
        ("redirect to a file", (s, _) => Send(s, "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")),
        ("redirect in a circle", (s, port) => Send(s, $"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:{port}/again\r\nContent-Length: 0\r\n\r\n")),
        ("redirect to nowhere", (s, _) => Send(s, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")),
        ("endless body", async (s, _) =>
        {
            await Send(s, "HTTP/1.1 200 OK\r\n\r\n");
            var block = new byte[64 << 10];
            while (true) await s.WriteAsync(block);
        }),
        ("endless drip", async (s, _) =>
        {
            await Send(s, "HTTP/1.1 200 OK\r\n\r\n");
            while (true)
            {
                await s.WriteAsync("x"u8.ToArray());
                await Task.Delay(50);
            }
        }),
        ("silence", (_, _) => Task.Delay(Timeout.Infinite)),
        ("endless headers", async (s, _) =>
        {
            await Send(s, "HTTP/1.1 200 OK\r\n");
            while (true) await Send(s, $"X-{new string('x', 1000)}: y\r\n");
        }),
        ("gzip bomb", (s, _) => Packed(s, "gzip", to => new GZipStream(to, CompressionLevel.Fastest))),
        ("brotli bomb", (s, _) => Packed(s, "br", to => new BrotliStream(to, CompressionLevel.Fastest))),
    ];

    public static TheoryData<string> ServerNames => [.. Servers.Select(s => s.Name)];

    [Theory, MemberData(nameof(ServerNames))]
    public async Task AHostileServerIsLeftInTime(string name)
    {
        using var server = new RawServer(Servers.First(s => s.Name == name).Answer);
        using var fetcher = new Fetcher(a => a.Equals(IPAddress.Loopback), Dns.GetHostAddressesAsync) { Limit = TimeSpan.FromSeconds(1.5), MostBytes = 1 << 20 };
        var problem = await Assert.ThrowsAsync<FetchProblem>(() => fetcher.Get($"http://127.0.0.1:{server.Port}/feed", null, null, default).WaitAsync(Soon));
        Assert.NotEmpty(problem.Message);
        Assert.Equal(0, server.Inside);
    }

    [Fact]
    public async Task ANameThatChangesItsAddressLeadsNowhere()
    {
        using var server = new RawServer((s, _) => Send(s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));
        var asked = 0;
        // Open when it is looked at, inside when it is gone to again.
        using var fetcher = new Fetcher(a => a.Equals(IPAddress.Loopback), (_, _) => Task.FromResult(new[] { Interlocked.Increment(ref asked) == 1 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.2") }));
        Assert.Equal("ok"u8.ToArray(), (await fetcher.Get($"http://rebinding.example:{server.Port}/", null, null, default)).Bytes);
        await Assert.ThrowsAsync<FetchProblem>(() => fetcher.Get($"http://rebinding.example:{server.Port}/", null, null, default));
        Assert.Equal((2, 0), (asked, server.Inside));
    }

    [Fact]
    public async Task WhatDidNotChangeIsNotSentAgain()
    {
        using var server = new RawServer(async (s, _) =>
        {
            var head = new byte[4096];
            var text = Encoding.ASCII.GetString(head, 0, await s.ReadAsync(head));
            await Send(s, text.Contains("If-None-Match: \"7\"", StringComparison.OrdinalIgnoreCase) ? "HTTP/1.1 304 Not Modified\r\nETag: \"7\"\r\n\r\n" : "HTTP/1.1 200 OK\r\nETag: \"7\"\r\nContent-Length: 2\r\n\r\nok");
        });
        using var fetcher = new Fetcher(_ => true, Dns.GetHostAddressesAsync);
        var first = await fetcher.Get($"http://127.0.0.1:{server.Port}/", null, null, default);
        Assert.Equal(("\"7\"", false), (first.Etag, first.Unchanged));
        var second = await fetcher.Get($"http://127.0.0.1:{server.Port}/", first.Etag, null, default);
        Assert.True(second.Unchanged);
    }

    static Task Send(NetworkStream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();

    static async Task Packed(NetworkStream stream, string how, Func<Stream, Stream> pack)
    {
        using var bytes = new MemoryStream();
        using (var packing = pack(bytes))
            for (var i = 0; i < 200; i++) packing.Write(new byte[1 << 20]);
        await Send(stream, $"HTTP/1.1 200 OK\r\nContent-Encoding: {how}\r\nContent-Length: {bytes.Length}\r\n\r\n");
        await stream.WriteAsync(bytes.ToArray());
    }

    /// <summary>Answers every connection the same way; counts those that came to what lies inside.</summary>
    sealed class RawServer : IDisposable
    {
        readonly TcpListener listener = new(IPAddress.Any, 0);
        readonly Func<NetworkStream, int, Task> answer;
        int inside;

        public RawServer(Func<NetworkStream, int, Task> answer)
        {
            this.answer = answer;
            listener.Start();
            _ = Accept();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;
        public int Inside => inside;

        async Task Accept()
        {
            while (true)
            {
                TcpClient client;
                try
                {
                    client = await listener.AcceptTcpClientAsync();
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
                if (((IPEndPoint)client.Client.LocalEndPoint!).Address.ToString().EndsWith("127.0.0.2", StringComparison.Ordinal)) Interlocked.Increment(ref inside);
                _ = Answer(client);
            }
        }

        async Task Answer(TcpClient client)
        {
            using (client)
                try
                {
                    await answer(client.GetStream(), Port);
                    await Task.Delay(200);
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
                {
                    // The other side left, as it should.
                }
        }

        public void Dispose() => listener.Stop();
    }
}
