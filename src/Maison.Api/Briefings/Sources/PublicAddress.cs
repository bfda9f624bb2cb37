// Which addresses a server may be sent to by a stranger: those of the open Internet alone. Everything that RFC 6890 sets apart is refused, and so
// is whatever holds such an address inside: IPv4 in IPv6, 6to4, Teredo, NAT64.

using System.Net;
using System.Net.Sockets;

namespace Maison.Api.Briefings.Sources;

/// <summary>Tells public addresses from all others.</summary>
static class PublicAddress
{
    static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Of IPv6 only 2000::/3 is handed out; inside it, what is set apart.
            "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    static readonly IPNetwork HandedOut = IPNetwork.Parse("2000::/3");

    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !HandedOut.Contains(address)) return false;
        foreach (var network in Closed)
            if (network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address)) return false;
        return address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6;
    }

    /// <summary>Connects to allowed addresses alone: the one that was looked at is the one that is connected to.</summary>
    /// <param name="allowed">Which addresses may be connected to.</param>
    /// <param name="resolve">Finds the addresses of a name.</param>
    public static Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> Connect(Func<IPAddress, bool> allowed, Func<string, CancellationToken, Task<IPAddress[]>> resolve) => async (context, stop) =>
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, stop);
        var open = found.Where(allowed).ToArray();
        if (open.Length == 0) throw new FetchProblem(found.Length == 0 ? $"{host} has no address." : $"{host} is not on the open Internet, and nothing else is reached on a caller's word.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    };
}
