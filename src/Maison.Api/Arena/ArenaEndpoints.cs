// /v1/arena: battles, votes, boards, export, snapshot, method. A battle is its key's alone, and says nothing of who made what before the vote: outputs are
// levelled, an error names nobody, and both are answered together, so that time tells nothing either. A board belongs to the house.

using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Api.Requests;
using Maison.Api.Store;
using Maison.Battles;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Arena;

/// <summary>The routes of the arena.</summary>
sealed class ArenaEndpoints(Contestants contestants, BriefingDesk desk, Juror juror, BattleStore battles, VoteBook book, Database database, TimeProvider clock)
{
    const int MostCharacters = 2000, MostSourceCharacters = 20_000, MostTries = 3;
    const double MostListenSeconds = 3, RepeatChance = 0.125;

    /// <summary>A model that could not answer sits out so long, where there are others.</summary>
    static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);

    static readonly string[] Languages = ["en", "fr"];

    readonly ConcurrentDictionary<(string Modality, string Model), DateTimeOffset> failed = new();

    public static void Map(IEndpointRouteBuilder routes, ArenaEndpoints here)
    {
        const string battle = Routes.Battles + "/{id}";
        routes.MapPost(Routes.Battles, here.Create);
        routes.MapGet(battle, context => here.Answer(context, here.Find(context)));
        routes.MapGet(battle + "/{seat}", here.Send);
        routes.MapPost(battle + "/vote", here.Vote);
        routes.MapPost(battle + "/jury", here.AskJuror);
        routes.MapGet(Routes.ArenaBoard, here.ShowBoard);
        routes.MapGet(Routes.ArenaExport, here.Export);
        routes.MapGet(Routes.ArenaSnapshot, here.SendSnapshot);
        routes.MapGet(Routes.ArenaMethod, here.ShowMethod);
    }

    async Task Create(HttpContext context)
    {
        var request = await JsonBody.Read(context, WireJson.Default.BattleRequest);
        RequestFields.RefuseUnknown(request.Unknown, "");
        var modality = Modality(request.Modality);
        var key = KeyOf(context);
        if (!key.Scope.OpensModality(Contestants.ScopeOf(modality)))
            throw ApiException.Forbidden($"This key does not open {Contestants.ScopeOf(modality)}. It opens {string.Join(", ", key.Scope.Modalities!)}.", null);
        var prompt = Prompt(request.Prompt, modality == "briefing" ? MostSourceCharacters : MostCharacters);
        if (prompt is null && Random.Shared.NextDouble() < RepeatChance && battles.ToRepeat(key.Id, modality) is { } before)
        {
            await Answer(context, await battles.Add(Swapped(before), null, null));
            return;
        }
        var there = contestants.Of(modality, key);
        if (there.Count < 2) throw ApiException.Unavailable($"A battle needs two contestants, and there {(there.Count == 1 ? "is one" : "are none")} for {modality} that this key opens. {Remedy(modality)}", "not_enough_contestants");
        prompt ??= PromptPool.Draw(modality, battles.Asked(key.Id, modality), Random.Shared);
        var question = new Question(prompt, modality == "briefing" ? await desk.Read(prompt, context.RequestAborted) : null);

        for (var tries = 1; ; tries++)
            try
            {
                await Answer(context, await Hold(modality, question, Rested(modality, there), key, context.RequestAborted));
                return;
            }
            catch (ContestantFailed e) when (e.Status == StatusCodes.Status429TooManyRequests)
            {
                throw new ApiException(e.Status, new() { Message = "The two answers of a battle are more than this key may take now. Try again later, or raise its limits.", Type = "requests", Code = e.Code });
            }
            catch (ContestantFailed e) when (tries == MostTries)
            {
                throw ApiException.Request(e.Status is >= 400 and < 500 ? StatusCodes.Status400BadRequest : StatusCodes.Status503ServiceUnavailable,
                    $"One of the two contestants could not answer ({e.Code}). Send another prompt, a shorter one perhaps, or try again.", e.Status is >= 400 and < 500 ? "prompt" : null, "contestant_failed");
            }
            catch (ContestantFailed)
            {
                // Another pair may do better.
            }
    }

    /// <summary>Without those who failed a moment ago, as long as two are left.</summary>
    IReadOnlyList<Contestant> Rested(string modality, IReadOnlyList<Contestant> there)
    {
        var since = clock.GetUtcNow() - Rest;
        List<Contestant> rested = [.. there.Where(c => !failed.TryGetValue((modality, c.Model ?? c.Name), out var at) || at < since)];
        return rested.Count < 2 ? there : rested;
    }

    async Task<Made> Ask(string modality, Contestant contestant, Question question, ApiKey key, CancellationToken cancellation)
    {
        try
        {
            return await contestant.Make(question, key, cancellation);
        }
        catch (ContestantFailed e) when (e.Status >= StatusCodes.Status500InternalServerError)
        {
            failed[(modality, contestant.Model ?? contestant.Name)] = clock.GetUtcNow();
            throw;
        }
    }

    async Task<Battle> Hold(string modality, Question question, IReadOnlyList<Contestant> there, ApiKey key, CancellationToken cancellation)
    {
        var (nameA, nameB) = book.Draw(modality, [.. there.Select(c => c.Name)], Random.Shared);
        Contestant a = there.First(c => c.Name == nameA), b = there.First(c => c.Name == nameB);
        var made = await Task.WhenAll(Ask(modality, a, question, key, cancellation), Ask(modality, b, question, key, cancellation));
        var battle = new Battle { Id = Ids.New("battle"), Voter = key.Id, Created = clock.GetUtcNow(), Modality = modality, Prompt = question.Prompt, A = nameA, B = nameB, StyleA = [], StyleB = [] };
        if (modality == "text")
        {
            var mask = new NameMask(contestants.All("text").Select(c => c.Model!).Concat(contestants.All("text").Select(c => c.Name)));
            string textA = mask.Hide(made[0].Text!), textB = mask.Hide(made[1].Text!);
            return await battles.Add(battle with { TextA = textA, TextB = textB, StyleA = TextStyle.Of(textA), StyleB = TextStyle.Of(textB) }, null, null);
        }
        if (modality == "briefing")
        {
            // No name needs to be hidden: what a writer says of itself stands in no source, and is cut.
            WrittenBriefing toldA = made[0].Briefing!, toldB = made[1].Briefing!;
            if (toldA.Transcript == toldB.Transcript) throw new ContestantFailed(StatusCodes.Status503ServiceUnavailable, "both_the_same");
            return await battles.Add(battle with { TextA = toldA.Transcript, TextB = toldB.Transcript, StyleA = toldA.Style, StyleB = toldB.Style }, null, null);
        }
        Levelled level;
        try
        {
            level = modality == "voice" ? Levelling.Sounds(made[0].Sound!, made[1].Sound!) : Levelling.Pictures(made[0].Picture!, made[1].Picture!);
        }
        catch (InvalidDataException)
        {
            throw new ContestantFailed(StatusCodes.Status502BadGateway, "nothing_to_hear");
        }
        return await battles.Add(battle with { StyleA = level.StyleA, StyleB = level.StyleB, ListenMs = (long)(1000 * Math.Min(MostListenSeconds, level.Seconds)) }, level.A, level.B);
    }

    /// <summary>A judged battle again, under another name and with its seats swapped.</summary>
    Battle Swapped(Battle b) => b with
    {
        Id = Ids.New("battle"),
        Created = clock.GetUtcNow(),
        A = b.B,
        B = b.A,
        TextA = b.TextB,
        TextB = b.TextA,
        StyleA = b.StyleB,
        StyleB = b.StyleA,
        RepeatOf = b.Id,
        Vote = null,
    };

    async Task Send(HttpContext context)
    {
        var (battle, seat) = (Find(context), (string)context.Request.RouteValues["seat"]!);
        if (seat is not ("a" or "b")) throw ApiException.NotFound($"A battle has the seats a and b, and no '{seat}'.");
        if (battle.Modality == "text") throw ApiException.NotFound("A battle of text has no files; its outputs are in the battle itself.");
        if (battle.Modality == "briefing")
        {
            if (!desk.CanSpeak) throw ApiException.NotFound("No voice is served that could read this briefing; its transcript is in the battle itself.");
            await SendFile(context, "audio/wav", await desk.Speak(seat == "a" ? battle.TextA! : battle.TextB!, KeyOf(context), context.RequestAborted));
            return;
        }
        var file = battles.FileOf(battle, seat) ?? throw ApiException.NotFound("The files of this battle are no longer kept.");
        if (battle.Modality == "voice" && battle.Vote is null) await battles.Heard(battle.Id, seat);
        await SendFile(context, battle.Modality == "voice" ? "audio/wav" : "image/png", file);
    }

    static async Task SendFile(HttpContext context, string type, ReadOnlyMemory<byte> file)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = file.Length;
        context.Response.Headers.CacheControl = "private, no-store";
        await context.Response.Body.WriteAsync(file, context.RequestAborted);
    }

    async Task Vote(HttpContext context)
    {
        var request = await JsonBody.Read(context, WireJson.Default.VoteRequest);
        RequestFields.RefuseUnknown(request.Unknown, "");
        if (request.Choice is null) throw ApiException.Invalid("choice", "'choice' is missing; send a, b, tie or both_bad.", "missing_parameter");
        if (VoteShapes.OutcomeOf(request.Choice) is null) throw ApiException.Invalid("choice", $"'choice' is '{request.Choice}'; send a, b, tie or both_bad.");
        var cast = await battles.Vote(KeyOf(context).Id, IdOf(context), request.Choice, request.Consent ?? false) ?? throw Unknown(context);
        if (cast.WaitMs > 0)
        {
            var seconds = Math.Ceiling(cast.WaitMs / 1000.0);
            throw new ApiException(StatusCodes.Status409Conflict, new() { Message = $"Listen to both first, {seconds:0} s more, then vote.", Type = "invalid_request_error", Param = "choice", Code = "listen_first" })
            { Headers = [("retry-after", seconds.ToString(CultureInfo.InvariantCulture)), ("retry-after-ms", cast.WaitMs.ToString(CultureInfo.InvariantCulture))] };
        }
        if (cast.Before) throw ApiException.Request(StatusCodes.Status409Conflict, $"This battle has its vote, '{cast.Vote!.Choice}'; a vote is never changed.", "choice", "already_voted");
        await Answer(context, Find(context));
    }

    /// <summary>Only after the person's vote, which a model's word must not lead.</summary>
    async Task AskJuror(HttpContext context)
    {
        var request = await JsonBody.Read(context, WireJson.Default.JuryRequest);
        RequestFields.RefuseUnknown(request.Unknown, "");
        if (request.Model is not { Length: > 0 } model) throw ApiException.Invalid("model", "'model' is missing; name the model that judges.", "missing_parameter");
        var battle = Find(context);
        if (battle.Modality != "text") throw ApiException.Unsupported("model", $"Models judge answers to questions alone, of the modality text; this battle is of {battle.Modality}.");
        if (battle.Vote is null) throw ApiException.Request(StatusCodes.Status409Conflict, "A model is asked after the person: vote first.", null, "vote_first");
        if (contestants.All("text").Any(c => c.Model == model && (c.Name == battle.A || c.Name == battle.B))) throw ApiException.Invalid("model", $"{model} is a contestant of this battle, and nobody judges themselves. Name another model.");
        if (battles.Jury(battle.Id).All(j => j.Juror != model)) await battles.Judged(battle.Id, model, await juror.Judge(model, battle, KeyOf(context), context.RequestAborted));
        await Answer(context, Find(context));
    }

    Task ShowBoard(HttpContext context)
    {
        var query = context.Request.Query;
        if (query.Keys.FirstOrDefault(k => k is not ("modality" or "category" or "style_control" or "mine" or "jury")) is { } unknown) throw ApiException.Unknown(unknown);
        var modality = Modality(query["modality"].ToString() is { Length: > 0 } given ? given : "text");
        var known = PromptCategories.Of(modality);
        var category = query["category"].ToString() is { Length: > 0 } named ? named : null;
        if (category is not null && !known.Contains(category)) throw ApiException.Invalid("category", $"'category' is '{category}', but boards of {modality} have {string.Join(", ", known)}.");
        var (key, mine) = (KeyOf(context), Flag(query, "mine", false));
        var jury = Flag(query, "jury", false);
        if (jury && mine) throw ApiException.Invalid("mine", "'mine' and 'jury' exclude each other: a model's votes are nobody's.");
        var options = new BoardOptions(modality, category, Flag(query, "style_control", true));
        var board = VoteShapes.Of(jury ? book.JuryBoard(options) : book.Board(options, mine ? BattleStore.Pseudonym(key.Id) : null));
        return JsonAnswer.Write(context, StatusCodes.Status200OK, board with
        {
            Mine = mine,
            Jury = jury,
            Categories = known,
            Waiting = [.. contestants.Of(modality, key).Select(c => c.Name).Except(board.Entries.Select(e => e.Contestant))],
        }, WireJson.Default.BoardBody);
    }

    async Task Export(HttpContext context)
    {
        var admin = KeyOf(context).Admin;
        context.Response.ContentType = "application/jsonl; charset=utf-8";
        foreach (var line in Snapshot.Lines(database, withTexts: admin)) await context.Response.WriteAsync(line + "\n", context.RequestAborted);
    }

    async Task SendSnapshot(HttpContext context)
    {
        var file = Snapshot.Write(database, clock.GetUtcNow());
        context.Response.ContentType = "application/jsonl; charset=utf-8";
        context.Response.ContentLength = file.Length;
        await context.Response.Body.WriteAsync(file, context.RequestAborted);
    }

    Task ShowMethod(HttpContext context)
    {
        var language = context.Request.Query["language"].ToString() is { Length: > 0 } named ? named : "en";
        if (!Languages.Contains(language)) throw ApiException.Invalid("language", $"'language' is '{language}', but the method is told in {string.Join(", ", Languages)}.");
        context.Response.ContentType = "text/markdown; charset=utf-8";
        return context.Response.WriteAsync(Method(language).Replace("{fingerprint}", new SnapshotKey(database.Home).Fingerprint, StringComparison.Ordinal), context.RequestAborted);
    }

    static string Modality(string? modality)
    {
        if (modality is null) throw ApiException.Invalid("modality", $"'modality' is missing; send {string.Join(", ", Contestants.Modalities)}.", "missing_parameter");
        return Contestants.Modalities.Contains(modality) ? modality : throw ApiException.Invalid("modality", $"'modality' is '{modality}'; send {string.Join(", ", Contestants.Modalities)}.");
    }

    static string? Prompt(string? prompt, int most)
    {
        if (prompt is null) return null;
        if (string.IsNullOrWhiteSpace(prompt)) throw ApiException.Invalid("prompt", "'prompt' is empty; leave it out to be given one of the house's questions.");
        return prompt.Length <= most ? prompt.Trim() : throw ApiException.Invalid("prompt", $"'prompt' has {prompt.Length} characters, but at most {most} are taken.", "string_above_max_length");
    }

    static bool Flag(IQueryCollection query, string name, bool otherwise) => query[name].ToString() switch
    {
        "" => otherwise,
        "true" => true,
        "false" => false,
        var other => throw ApiException.Invalid(name, $"'{name}' is '{other}', but must be true or false."),
    };

    static string Remedy(string modality) => modality switch
    {
        "text" => "Serve a model that chats, or add third-party models to the gateway.",
        "image" => "Serve an image model.",
        "briefing" => "Give this key the modality text.",
        _ => "Serve a voice, or install flite and espeak-ng.",
    };

    Battle Find(HttpContext context) => battles.Find(KeyOf(context).Id, IdOf(context)) ?? throw Unknown(context);

    static ApiKey KeyOf(HttpContext context) => context.Features.Get<ApiKey>()!;

    static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    static ApiException Unknown(HttpContext context) => ApiException.NotFound($"This key has no battle '{IdOf(context)}'. Battles that are not judged within a day go away.");

    Task Answer(HttpContext context, Battle battle) => JsonAnswer.Write(context, StatusCodes.Status200OK, new BattleBody
    {
        Id = battle.Id,
        CreatedAt = battle.Created.ToUnixTimeSeconds(),
        Modality = battle.Modality,
        Prompt = battle.Prompt,
        Outputs = [Output(battle, "a", battle.TextA), Output(battle, "b", battle.TextB)],
        ListenSeconds = battle.ListenMs > 0 ? 2 * battle.ListenMs / 1000.0 : null,
        Vote = battle.Vote is not { } vote ? null : new() { Choice = vote.Choice, CastAt = vote.At, Consent = vote.Consent, A = battle.A, B = battle.B, Repeated = battle.RepeatOf is not null },
        Jury = battle.Vote is not null && battles.Jury(battle.Id) is { Count: > 0 } said ? said : null,
    }, WireJson.Default.BattleBody);

    BattleOutput Output(Battle battle, string seat, string? text)
        => new() { Seat = seat, Text = text, Url = text is null || battle.Modality == "briefing" && desk.CanSpeak ? $"{Routes.Battles}/{battle.Id}/{seat}" : null };

    static string Method(string language)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"arena/method/{language}")!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
