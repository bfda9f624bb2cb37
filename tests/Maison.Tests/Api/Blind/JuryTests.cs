// Models as judges: seats swapped, after the person, never of themselves, on a board of their own.

using System.Net;
using System.Text;
using System.Text.Json;

namespace Maison.Tests.Api.Blind;

public sealed class JuryTests
{
    /// <summary>A battle of two with a third model to judge it, which says its words in turn.</summary>
    sealed class Court : IAsyncDisposable
    {
        public required ApiServer Server { get; init; }
        public required HttpClient Voter { get; init; }
        public required ScriptedModel Judge { get; init; }
        public required string Path { get; init; }

        public static async Task<Court> Sit(params string[] words)
        {
            var judge = new ScriptedModel(words) { ContextLength = 4096 };
            var server = await ApiServer.Start(new ScriptedModel("Hello").Served with { Id = "one" }, new ScriptedModel("world").Served with { Id = "two" }, judge.Served with { Id = "judge" });
            var (key, value) = server.Keys.Create(new() { Name = "voter", Scope = new(Models: ["one", "two"]) }, "tester");
            var voter = server.With(value);
            using var made = await voter.PostAsync("/v1/arena/battles", new StringContent("""{"modality":"text","prompt":"Hi?"}""", Encoding.UTF8, "application/json"));
            var id = JsonDocument.Parse(await made.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString();
            server.Keys.Change(key.Id, k => k with { Scope = new() }, "tester");
            return new() { Server = server, Voter = voter, Judge = judge, Path = $"/v1/arena/battles/{id}" };
        }

        public async Task<(HttpStatusCode Status, JsonElement Body)> Post(string route, string json)
        {
            using var answer = await Voter.PostAsync(Path + route, new StringContent(json, Encoding.UTF8, "application/json"));
            return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
        }

        public Task<(HttpStatusCode Status, JsonElement Body)> Ask(string model = "judge") => Post("/jury", $$"""{"model":"{{model}}"}""");

        public async Task<JsonElement> Board(string query) => JsonDocument.Parse(await Voter.GetStringAsync("/v1/arena/board?modality=text&" + query)).RootElement;

        public async ValueTask DisposeAsync()
        {
            Voter.Dispose();
            await Server.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("A", "B", "a"), InlineData("b", " A.", "b"), InlineData("T", "T", "tie"), InlineData("A", "A", "abstained"), InlineData("T", "B", "abstained")]
    public async Task OnlyWhatStaysWhenSeatsAreSwappedIsAJudgement(string first, string swapped, string choice)
    {
        await using var court = await Court.Sit(first, swapped);
        await court.Post("/vote", """{"choice":"both_bad"}""");
        var (status, body) = await court.Ask();
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(choice, body.GetProperty("jury")[0].GetProperty("choice").GetString());
        Assert.Equal("judge", body.GetProperty("jury")[0].GetProperty("juror").GetString());
        await court.Ask();                                                  // a word is a word
        Assert.Equal(2, court.Judge.Requests.Count);

        var (people, jury) = (await court.Board("style_control=false"), await court.Board("jury=true"));
        Assert.Equal((1, false), (people.GetProperty("votes").GetInt32(), people.GetProperty("jury").GetBoolean()));
        Assert.All(people.GetProperty("entries").EnumerateArray(), e => Assert.Equal(1, e.GetProperty("both_bad").GetInt32()));
        Assert.Equal((choice == "abstained" ? 0 : 1, true), (jury.GetProperty("votes").GetInt32(), jury.GetProperty("jury").GetBoolean()));
        Assert.DoesNotContain("judge", await court.Voter.GetStringAsync("/v1/arena/export"));
    }

    [Fact]
    public async Task WhatAJurorMayNotIsRefusedByName()
    {
        await using var court = await Court.Sit("Well, that depends.");
        var (status, body) = await court.Ask();
        Assert.Equal((HttpStatusCode.Conflict, "vote_first"), (status, body.GetProperty("error").GetProperty("code").GetString()));
        await court.Post("/vote", """{"choice":"a"}""");
        (status, body) = await court.Ask("one");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("nobody judges themselves", body.GetProperty("error").GetProperty("message").GetString());
        (status, body) = await court.Ask();
        Assert.Equal((HttpStatusCode.BadGateway, "no_judgement"), (status, body.GetProperty("error").GetProperty("code").GetString()));
        (status, body) = await court.Ask("nobody");
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (status, body.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(HttpStatusCode.BadRequest, (await court.Post("/jury", """{"juror":"judge"}""")).Status);
        Assert.Equal(0, (await court.Board("jury=true")).GetProperty("votes").GetInt32());
        using var both = await court.Voter.GetAsync("/v1/arena/board?jury=true&mine=true");
        Assert.Equal(HttpStatusCode.BadRequest, both.StatusCode);
    }
}
