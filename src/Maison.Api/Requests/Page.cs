using System.Globalization;
using Maison.Api.Errors;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Requests;

/// <summary>A part of a list, as `limit` and `after` ask for it.</summary>
sealed record Page<T>(IReadOnlyList<T> Items, bool HasMore);

static class Page
{
    /// <exception cref="ApiException">400: a limit out of range, or an `after` that is not in the list.</exception>
    public static Page<T> Of<T>(IQueryCollection query, IReadOnlyList<T> all, Func<T, string> id, int limit, int most)
    {
        if (query["limit"].ToString() is { Length: > 0 } text && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1 && limit <= most))
            throw ApiException.Invalid("limit", $"'limit' is '{text}', but must be 1 to {most}.");
        var start = 0;
        if (query["after"].ToString() is { Length: > 0 } after)
        {
            while (start < all.Count && id(all[start]) != after) start++;
            if (start++ == all.Count) throw ApiException.Invalid("after", $"'after' is '{after}', which is not in the list.");
        }
        return new([.. all.Skip(start).Take(limit)], all.Count - start > limit);
    }
}
