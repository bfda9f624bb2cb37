using Maison.Api.Metrics;
using Microsoft.AspNetCore.Http;

namespace Maison.Tests.Api;

public sealed class RequestMetricsTests
{
    [Fact]
    public async Task AnswersAreReadWhileNewKindsOfThemAreCounted()
    {
        const int Kinds = 20_000;
        var metrics = new RequestMetrics();
        var counting = Task.Run(async () =>
        {
            for (var status = 0; status < Kinds; status++)
            {
                var context = new DefaultHttpContext();
                await metrics.Invoke(context, c => { c.Response.StatusCode = status; return Task.CompletedTask; });
            }
        });
        while (!counting.IsCompleted) Assert.True(metrics.Answers.Count() <= Kinds);
        await counting;
        Assert.Equal(Enumerable.Range(0, Kinds), metrics.Answers.Select(a => a.Key.Status));
    }
}
