// The main path of each room, as somebody walks it: on a desktop and a phone, in light and dark, in English and French, and by keyboard alone.

using Maison.Tests.Data.Pictures;
using Microsoft.Playwright;

namespace Maison.Browser;

public sealed class RoomTests(House house) : IClassFixture<House>
{
    public static readonly string[] Pages = ["/", "/assistant", "/chats", "/chats/folders", "/images", "/voice-lab", "/daily", "/arena", "/models", "/models/test", "/admin", "/admin/people", "/admin/keys", "/admin/providers", "/admin/training", "/admin/audit"];

    public static TheoryData<bool, bool, string> Screens => new() { { false, false, "en-GB" }, { false, true, "fr-FR" }, { true, false, "fr-FR" }, { true, true, "en-GB" } };

    static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    [Theory, MemberData(nameof(Screens))]
    public async Task AChatIsHeldBranchedComparedAndFound(bool phone, bool dark, string language)
    {
        await using var visitor = await house.Visit(phone, dark, language);
        await visitor.Page.GotoAsync("/assistant");
        await visitor.At("#text").FillAsync("Hello there");
        await visitor.At("#text").PressAsync("Enter");
        await Expect(visitor.At(".turn.answer .handles")).ToBeVisibleAsync();
        await Expect(visitor.At(".said strong")).ToHaveTextAsync("world");
        await Expect(visitor.At(".said table")).ToBeVisibleAsync();
        await Expect(visitor.At(".reasoning .prose")).ToBeHiddenAsync();
        await visitor.At(".said pre .copy").ClickAsync();
        Assert.Equal("var x = 1;\n", await visitor.Page.EvaluateAsync<string>("navigator.clipboard.readText()"));

        await visitor.At(".answer [formaction$='/again']").ClickAsync();
        await Expect(visitor.At(".answer .branches")).ToContainTextAsync("2/2");
        await visitor.At(".answer .branches button:first-child").ClickAsync();
        await Expect(visitor.At(".answer .branches")).ToContainTextAsync("1/2");

        await visitor.At("[data-edit]").ClickAsync();
        await Expect(visitor.At("#text")).ToHaveValueAsync("Hello there");
        await visitor.At("#text").FillAsync("Hello differently");
        await visitor.At("#send").ClickAsync();
        await Expect(visitor.At(".mine .bubble")).ToHaveTextAsync("Hello differently");
        await Expect(visitor.At(".answer .handles")).ToBeVisibleAsync();

        await visitor.At("[formaction$='/compare']").ClickAsync();
        await Expect(visitor.At(".pair form button")).ToHaveCountAsync(2);
        await visitor.At(".pair form button").First.ClickAsync();
        await Expect(visitor.At(".answer .branches")).ToContainTextAsync("/3");

        await visitor.Page.GotoAsync("/chats");
        await visitor.At("#search").FillAsync("differen");
        await visitor.At("#search").PressAsync("Enter");
        await Expect(visitor.At(".found small").First).ToContainTextAsync("Hello differently");
    }

    [Fact]
    public async Task AnAnswerIsHeardWithItsWordsLit()
    {
        await using var visitor = await house.Visit();
        await visitor.Page.GotoAsync("/assistant");
        await visitor.At("#text").FillAsync("Read to me");
        await visitor.At("#send").ClickAsync();
        await visitor.At("button[data-listen]").First.ClickAsync();
        var lit = false;
        for (var i = 0; i < 200 && !lit; i++)
        {
            lit = await visitor.Page.EvaluateAsync<bool>("() => CSS.highlights.get('spoken')?.size === 1");
            await Task.Delay(25);
        }
        Assert.True(lit, "no word was lit");
    }

    [Fact]
    public async Task AnswersAreSpokenWhileTheyAreWrittenUntilOneStopsThem()
    {
        await using var visitor = await house.Visit();
        await visitor.Page.GotoAsync("/assistant");
        async Task<bool> Lit(bool wanted)
        {
            for (var i = 0; i < 200; i++)
            {
                if (await visitor.Page.EvaluateAsync<bool>("() => CSS.highlights.get('spoken')?.size === 1") == wanted) return true;
                await Task.Delay(25);
            }
            return false;
        }
        await visitor.At("#aloud").FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await visitor.At("#text").FillAsync("Talk to me");
        await visitor.At("#text").PressAsync("Enter");
        Assert.True(await Lit(true), "no word was lit");
        await visitor.Page.Keyboard.PressAsync("Escape");
        Assert.True(await Lit(false), "a word stayed lit");
        // It is remembered, and putting it off stops it as well.
        await visitor.Page.ReloadAsync();
        await Expect(visitor.At("#aloud")).ToHaveAttributeAsync("aria-pressed", "true");
        await visitor.At(".answer [formaction$='/again']").ClickAsync();
        Assert.True(await Lit(true), "no word was lit");
        await visitor.At("#aloud").ClickAsync();
        Assert.True(await Lit(false), "a word stayed lit");
        await Expect(visitor.At("#aloud")).ToHaveAttributeAsync("aria-pressed", "false");
    }

    [Theory, MemberData(nameof(Screens))]
    public async Task ATextIsSpokenSoughtThroughAndTakenAlong(bool phone, bool dark, string language)
    {
        await using var visitor = await house.Visit(phone, dark, language);
        await visitor.Page.GotoAsync("/voice-lab");
        await visitor.At("#text").FillAsync("He paid $5 and then he went home again.");
        await visitor.At("#speak .primary").ClickAsync();
        await Expect(visitor.At("#spoken mark")).ToHaveTextAsync(["five", "dollars"]);
        await Expect(visitor.At("#spoken .lit")).ToBeVisibleAsync();
        await visitor.At("#wave").FocusAsync();
        await visitor.At("#wave").PressAsync("ArrowRight");
        await Expect(visitor.At("#time")).ToContainTextAsync("0:01");
        var download = await visitor.Page.RunAndWaitForDownloadAsync(() => visitor.At("[formaction$='.srt']").ClickAsync());
        Assert.Equal("speech.srt", download.SuggestedFilename);
    }

    [Theory, MemberData(nameof(Screens))]
    public async Task FourPicturesArePaintedAndOneIsUsedAgain(bool phone, bool dark, string language)
    {
        await using var visitor = await house.Visit(phone, dark, language);
        await visitor.Page.GotoAsync("/images");
        await visitor.At("#prompt").FillAsync($"a heart {phone} {dark}");
        await visitor.At("#paint .primary").ClickAsync();
        await Expect(visitor.At("#jobs .job").First.Locator("a img")).ToHaveCountAsync(4);
        await visitor.At("#gallery a").First.ClickAsync();
        await visitor.At("a.primary[href*='like=']").ClickAsync();
        await Expect(visitor.At("#prompt")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("^a heart"));
        await Expect(visitor.At("#seed")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("^[0-9]+$"));
    }

    [Theory, MemberData(nameof(Screens))]
    public async Task APictureOfOnesOwnIsPaintedAnewWhereAMaskIsDrawn(bool phone, bool dark, string language)
    {
        await using var visitor = await house.Visit(phone, dark, language);
        await visitor.Page.GotoAsync("/images");
        var photo = SamplePictures.Noise(64, 48);
        await visitor.At("#bring").SetInputFilesAsync(new FilePayload { Name = $"photo {phone} {dark}.png", MimeType = "image/png", Buffer = SamplePictures.Png(photo) });
        await visitor.At(".bring button").ClickAsync();
        await Expect(visitor.At("#tools")).ToBeVisibleAsync();
        await visitor.At("#prompt").FillAsync($"a hat {phone} {dark}");
        async Task Drag(float fromX, float fromY, float toX, float toY)
        {
            await visitor.At("#mask").ScrollIntoViewIfNeededAsync();
            var box = (await visitor.At("#mask").BoundingBoxAsync())!;
            await visitor.Page.Mouse.MoveAsync(box.X + fromX * box.Width, box.Y + fromY * box.Height);
            await visitor.Page.Mouse.DownAsync();
            await visitor.Page.Mouse.MoveAsync(box.X + toX * box.Width, box.Y + toY * box.Height, new() { Steps = 5 });
            await visitor.Page.Mouse.UpAsync();
        }
        async Task<double> Covered() => await visitor.Page.EvaluateAsync<double>("() => { const m = document.getElementById('mask'), d = m.getContext('2d').getImageData(0, 0, m.width, m.height).data; let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] / 255; return n / (m.width * m.height); }");
        await Drag(0.2f, 0.3f, 0.5f, 0.3f);
        Assert.InRange(await Covered(), 0.03, 0.12);
        await visitor.At("#undo").ClickAsync();
        Assert.Equal(0, await Covered());
        await visitor.At("input[value=box]").CheckAsync(new() { Force = true });
        await Drag(0.25f, 0.25f, 0.75f, 0.75f);
        Assert.InRange(await Covered(), 0.23, 0.27);
        // The numbers say it too, without a pointer.
        await visitor.At("#clear").ClickAsync();
        await visitor.At("details:has(#left) > summary").ClickAsync();
        await visitor.At("#left").FillAsync("50");
        Assert.InRange(await Covered(), 0.49, 0.51);
        await visitor.At("#clear").ClickAsync();
        Assert.Equal("", await visitor.At("#left").InputValueAsync());
        await Drag(0.25f, 0.25f, 0.75f, 0.75f);
        await visitor.At("#edit .primary").ClickAsync();
        await Expect(visitor.At("#jobs .job").First.Locator("a img")).ToHaveCountAsync(4);
        await visitor.At("#jobs .job").First.Locator("a").First.ClickAsync();
        await Expect(visitor.At(".family a")).ToHaveCountAsync(1);
        var made = Maison.Data.Pictures.PngReader.Read(await (await visitor.Page.APIRequest.GetAsync(new Uri(visitor.Page.Url).AbsolutePath + ".png")).BodyAsync());
        Assert.Equal((64, 48), (made.Width, made.Height));
        Assert.Equal(photo.Pixels[..(64 * 3 * 8)], made.Pixels[..(64 * 3 * 8)]);
        Assert.NotEqual(photo.Pixels[(3 * (24 * 64 + 32))..][..3], made.Pixels[(3 * (24 * 64 + 32))..][..3]);
    }

    [Theory, MemberData(nameof(Screens))]
    public async Task AChatPaintsWhatIsAskedFor(bool phone, bool dark, string language)
    {
        await using var visitor = await house.Visit(phone, dark, language);
        await visitor.Page.GotoAsync("/assistant");
        await visitor.At("#text").FillAsync("/image a hat");
        await visitor.At("#text").PressAsync("Enter");
        await Expect(visitor.At("a.painted img")).ToHaveCountAsync(1);
        await visitor.At("#text").FillAsync("a cat");
        await visitor.At("#paint-this").ClickAsync();
        await Expect(visitor.At("a.painted img")).ToHaveCountAsync(2);
        await visitor.At(".answer [href$='/edit']").Last.ClickAsync();
        await Expect(visitor.At("#prompt")).ToHaveValueAsync("a cat");
    }

    [Theory, MemberData(nameof(Screens))]
    public async Task ABattleIsJudgedBlindAndOnlyThenNamed(bool phone, bool dark, string language)
    {
        await using var visitor = await house.Visit(phone, dark, language);
        await visitor.Page.GotoAsync("/arena");
        await visitor.At("#prompt").FillAsync($"What is a house? {phone} {dark}");
        await visitor.At("main form button.primary").ClickAsync();
        await Expect(visitor.At(".seat .prose")).ToHaveCountAsync(2);
        Assert.DoesNotContain("temperature", await visitor.Page.ContentAsync());
        await visitor.At("button[value=tie]").ClickAsync();
        await Expect(visitor.At("[role=status]")).ToBeVisibleAsync();
        await Expect(visitor.At(".seats")).ToContainTextAsync("test");
        await visitor.At("[role=status] a.button").ClickAsync();
        await Expect(visitor.At("h1")).ToBeVisibleAsync();
        Assert.Contains("/arena/board", visitor.Page.Url);
        await visitor.At("nav a[href$='/arena/method']").ClickAsync();
        await Expect(visitor.At("main")).ToContainTextAsync("Bradley");
    }

    [Theory, MemberData(nameof(Screens))]
    public async Task ATrainingRunIsWatchedWhileItGoesOn(bool phone, bool dark, string language)
    {
        await using var visitor = await house.Visit(phone, dark, language);
        house.Train(steps: 60);
        await visitor.Page.GotoAsync("/admin/training");
        await Expect(visitor.At(".run h2")).ToHaveTextAsync("words");
        await Expect(visitor.At(".run progress")).ToHaveAttributeAsync("value", "0.3000");
        await Expect(visitor.At(".run figure svg")).ToBeVisibleAsync();
        house.Train(steps: 120);
        await Expect(visitor.At(".run progress")).ToHaveAttributeAsync("value", "0.6000", new() { Timeout = 30_000 });
        var box = (await visitor.At(".run").BoundingBoxAsync())!;
        Assert.InRange(box.X + box.Width, 0, visitor.Page.ViewportSize!.Width);
    }

    [Theory]
    [InlineData(390, "en-GB"), InlineData(390, "fr-FR"), InlineData(320, "en-GB"), InlineData(320, "fr-FR")]
    public async Task NothingIsCutOffOnANarrowScreen(int width, string language)
    {
        await using var visitor = await house.Visit(phone: true, language: language);
        await visitor.Page.SetViewportSizeAsync(width, 844);
        var cut = new List<string>();
        foreach (var path in Pages)
        {
            await visitor.Page.GotoAsync(path);
            // What scrolls by itself may be wider than the screen; words of the row of rooms may not be wider than their places.
            cut.AddRange((await visitor.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && e.getBoundingClientRect().width && !e.closest('nav.chips, .ledger, pre, .prose table, .unseen, .skip') && (e.getBoundingClientRect().right > innerWidth + 1 || e.matches('.side nav span') && e.scrollWidth > e.parentElement.clientWidth)).map(e => e.outerHTML.slice(0, 120))")).Take(3).Select(e => $"{path}: {e}"));
        }
        Assert.True(cut.Count == 0, string.Join('\n', cut));
    }

    [Theory, MemberData(nameof(Screens))]
    public async Task ABriefingIsMadeHeardAndHeldToItsSources(bool phone, bool dark, string language)
    {
        const string news = "The town council voted on Tuesday to rebuild the harbour wall, which lost 40 metres of stone in the storms of last February. The work will cost 3.2 million pounds and is to begin on 12 April. Nine councillors voted for the plan and two voted against it. Ferry passengers will board at the pier from April.";
        await using var visitor = await house.Visit(phone, dark, language);
        await visitor.Page.GotoAsync("/daily");
        await visitor.At("details:has(#own) > summary").ClickAsync();
        await visitor.At("#own").FillAsync($"Harbour wall to be rebuilt\n\n{news}");
        await visitor.At("#length").SelectOptionAsync("brief");
        await visitor.At(".daily-new button.primary").ClickAsync();
        await Expect(visitor.At("#sound")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(visitor.At(".lines blockquote").First).ToBeHiddenAsync();
        await visitor.At(".lines summary").First.ClickAsync();
        await Expect(visitor.At(".lines details[open] blockquote").First).ToContainTextAsync("Harbour wall");
        await visitor.At("button[value=skip]").First.ClickAsync();
        await Expect(visitor.At("button[value=skip][data-done]").First).ToBeVisibleAsync();
        await visitor.At("a[href$='transcript.txt']").ClickAsync(new() { Trial = true });
    }

    [Fact]
    public async Task AChatIsHeldByKeyboardAlone()
    {
        await using var visitor = await house.Visit();
        var keyboard = visitor.Page.Keyboard;
        await visitor.Page.GotoAsync("/");
        await keyboard.PressAsync("Tab");
        Assert.Equal("#content", await visitor.Page.EvaluateAsync<string>("document.activeElement.getAttribute('href')"));
        await keyboard.PressAsync("Enter");
        await keyboard.PressAsync("Tab");
        await keyboard.TypeAsync("Hello by hand");
        await keyboard.PressAsync("Enter");
        await Expect(visitor.At(".turn.answer .handles")).ToBeVisibleAsync();
        await TabTo(visitor, "popovertarget", "c-msg");
        await keyboard.PressAsync("Enter");
        await Expect(visitor.At("[popover]:popover-open")).ToContainTextAsync("Model and cost");
        await keyboard.PressAsync("Escape");
        await Expect(visitor.At("[popover]:popover-open")).ToHaveCountAsync(0);
        await TabTo(visitor, "formaction", "/compare");
        await keyboard.PressAsync("Enter");
        await Expect(visitor.At(".pair form button")).ToHaveCountAsync(2);
    }

    /// <summary>Presses Tab, either way, until the focus is on something whose attribute has this in it.</summary>
    static async Task TabTo(Visitor visitor, string attribute, string part)
    {
        foreach (var key in new[] { "Shift+Tab", "Tab" })
            for (var i = 0; i < 40; i++)
            {
                await visitor.Page.Keyboard.PressAsync(key);
                if ((await visitor.Page.EvaluateAsync<string?>($"document.activeElement.closest('main')?.contains(document.activeElement) ? document.activeElement.getAttribute('{attribute}') : null"))?.Contains(part, StringComparison.Ordinal) == true) return;
            }
        Assert.Fail($"Nothing with {attribute} {part} can be reached.");
    }

    [Fact]
    public async Task WhatASmugglerSaysIsShownAndDoesNothing()
    {
        await using var visitor = await house.Visit();
        var api = new Maison.App.ApiClient(house.Server.Http, Maison.Tests.Api.ApiServer.Key);
        var chat = await api.NewConversation(new Dictionary<string, string> { ["title"] = Maison.Tests.App.Payloads.All[0] }, default);
        foreach (var payloads in Maison.Tests.App.Payloads.All.Chunk(10))
            await api.Add(chat.Id, [.. payloads.SelectMany(p => new[] { "user", "assistant" }.Select(role => new Maison.Wire.InputItem { Role = role, Content = p }))], default);
        for (var path = $"/assistant/{chat.Id}"; path is not null;)
        {
            await visitor.Page.GotoAsync(path);
            await visitor.Page.EvaluateAsync("for (const e of document.querySelectorAll('.log *')) { e.dispatchEvent(new Event('mouseover')); e.dispatchEvent(new Event('focus')); }");
            Assert.Equal(0, await visitor.At(".log :is(script, style, iframe, object, embed, img, video, form:not(.turn form), link, meta, base, svg:not(.icon))").CountAsync());
            path = await visitor.At(".log > .more a").CountAsync() > 0 ? await visitor.At(".log > .more a").GetAttributeAsync("href") : null;
        }
        // The reader's own title stands in a page that still answers.
        Assert.Equal(0, await visitor.Page.EvaluateAsync<int>("document.querySelectorAll('body > :not(.shell, .skip, [popover])').length"));
        await api.Remove(chat.Id, default);
    }

    [Fact]
    public async Task NoPageIsHeavyOrAsksElsewhere()
    {
        const int most = 300_000;
        await using var visitor = await house.Visit();
        foreach (var path in Pages)
        {
            await visitor.Page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
            var bytes = await visitor.Page.EvaluateAsync<int>("async () => { let sum = document.documentElement.outerHTML.length; for (const u of new Set(performance.getEntriesByType('resource').map(r => r.name).filter(n => n.includes('/assets/')))) sum += (await (await fetch(u)).arrayBuffer()).byteLength; return sum; }");
            Assert.InRange(bytes, 1, most);
            var painted = await visitor.Page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1");
            TestContext.Current.SendDiagnosticMessage($"{path}: {bytes / 1000} kB, first paint after {painted:0} ms");
        }
    }
}
