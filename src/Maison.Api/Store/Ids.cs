using System.Security.Cryptography;

namespace Maison.Api.Store;

/// <summary>Names of stored things: a word for the kind, then random characters.</summary>
static class Ids
{
    /// <summary>Such as key_4f0c…: 64 random bits, no secret.</summary>
    public static string New(string kind) => $"{kind}_{RandomNumberGenerator.GetHexString(16, lowercase: true)}";

    static long last;

    /// <summary>One that sorts by time, for logs: milliseconds, a count within them, then random characters. Acts of one millisecond keep their order.</summary>
    public static string InTime(string kind)
    {
        long before, next;
        do next = Math.Max((before = Interlocked.Read(ref last)) + 1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() << 20);
        while (Interlocked.CompareExchange(ref last, next, before) != before);
        return $"{kind}_{next:x16}{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
    }
}
