using System.Security.Cryptography;

namespace Maison.Api.Store;

/// <summary>Names of stored things: a word for the kind, then random characters.</summary>
static class Ids
{
    /// <summary>Such as key_4f0c…: 64 random bits, no secret.</summary>
    public static string New(string kind) => $"{kind}_{RandomNumberGenerator.GetHexString(16, lowercase: true)}";

    /// <summary>One that sorts by time, for logs.</summary>
    public static string InTime(string kind) => $"{kind}_{Guid.CreateVersion7():N}";
}
