using FluentAssertions;
using Microsoft.Playwright;
using TurkishLlm.Server;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Serving;
using TurkishLlm.Tokenization;
using static Microsoft.Playwright.Assertions;

namespace TurkishLlm.Tests.Browser;

/// <summary>The chat page in a real browser.</summary>
public sealed class ChatPageTests
{
    private static readonly Tokenizer Tokenizer = ScriptedModel.Tokenizer;
    private static readonly int Letter = Tokenizer.EncodeToIds("k")[0];

    [Fact]
    public async Task Answers_questions_and_shows_passages_and_token_counts()
    {
        await using var browser = await Chromium.StartAsync();
        await using var server = await StartAsync("Temiz bakır firesi D50 deposuna girer.", FindFire);
        var page = await browser.OpenAsync(server.Address);
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = TestServer.Model })).ToBeVisibleAsync();
        await page.AskAsync("Temiz bakır firesi hangi depoya girer?");
        await Expect(page.Answers.Locator(".text")).ToHaveTextAsync("Temiz bakır firesi D50 deposuna girer.");
        await Expect(page.Answers.Locator(".meta")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(
            $"^istem \\d+, yanıt {Tokenizer.CountTokens("Temiz bakır firesi D50 deposuna girer.")} belirteç$"));
        await page.Page.GetByText("Kullanılan bölümler (2)").ClickAsync();
        await Expect(page.Page.GetByText("tr/fire#kaplar")).ToBeVisibleAsync();
        await page.SavePictureAsync("wide");
        await page.AskAsync("Peki ya alüminyum?");
        await Expect(page.Answers).ToHaveCountAsync(2);
        await Expect(page.Question).ToBeFocusedAsync();
        await page.Button("Yeni sohbet").ClickAsync();
        await Expect(page.Answers).ToHaveCountAsync(0);
        page.Errors.Should().BeEmpty();
        page.Requests.Should().OnlyContain(url => url.StartsWith(server.Address.ToString()) || url.StartsWith("data:"));
    }

    [Fact]
    public async Task Stops_an_answer_by_button_and_by_key_and_keeps_what_was_written()
    {
        await using var browser = await Chromium.StartAsync();
        using var decoder = new FakeDecoder(Tokenizer, 100_000, _ => Letter) { BeforeStep = () => Thread.Sleep(5) };
        await using var server = await TestServer.StartAsync(
            decoder, change: options => options with { Defaults = options.Defaults with { MaxTokens = 90_000 } });
        var page = await browser.OpenAsync(server.Address);
        Func<Task>[] stops = [() => page.Button("Durdur").ClickAsync(), () => page.Page.Keyboard.PressAsync("Escape")];
        foreach (var stop in stops)
        {
            await page.AskAsync("Say.");
            await Expect(page.Answers.Last.Locator(".text")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^k{9,}"));
            await Expect(page.Button("Gönder")).ToBeHiddenAsync();
            await stop();
            await Expect(page.Answers.Last.Locator(".meta")).ToContainTextAsync("durduruldu");
            await Expect(page.Button("Gönder")).ToBeVisibleAsync();
            await server.WaitUntilIdleAsync();
        }
        await Expect(page.Answers).ToHaveCountAsync(2);
        server.Scheduler.Counters.CancelledTexts.Should().Be(2);
    }

    [Fact]
    public async Task Generates_an_answer_again()
    {
        await using var browser = await Chromium.StartAsync();
        await using var server = await StartAsync("Evet.");
        var page = await browser.OpenAsync(server.Address);
        await page.AskAsync("Var mı?");
        await page.Button("Yeniden üret").ClickAsync();
        await Expect(page.Answers).ToHaveCountAsync(1);
        await Expect(page.Answers.Locator(".text")).ToHaveTextAsync("Evet.");
        await Expect(page.Button("Yeniden üret")).ToHaveCountAsync(1);
        server.Scheduler.Counters.FinishedTexts.Should().Be(2);
    }

    [Fact]
    public async Task Text_of_the_model_and_of_passages_is_never_markup()
    {
        const string attack = "<img src=x onerror=alert(1)><script>alert(2)</script><b>kalın</b>";
        await using var browser = await Chromium.StartAsync();
        await using var server = await StartAsync(attack, _ => [new(attack, attack, 1)]);
        var page = await browser.OpenAsync(server.Address);
        await page.AskAsync(attack);
        await Expect(page.Answers.Locator(".text")).ToHaveTextAsync(attack);
        await Expect(page.Page.Locator("article.user .text")).ToHaveTextAsync(attack);
        await page.Page.GetByText("Kullanılan bölümler (1)").ClickAsync();
        await Expect(page.Page.Locator("article pre")).ToHaveTextAsync(attack);
        (await page.Page.Locator("img, article script, article b").CountAsync()).Should().Be(0);
        page.Errors.Should().BeEmpty();
    }

    [Fact]
    public async Task Asks_for_the_key_of_the_server()
    {
        await using var browser = await Chromium.StartAsync();
        using var decoder = FakeDecoder.Saying(Tokenizer, "Evet.");
        await using var server = await TestServer.StartAsync(decoder, change: options => options with { ApiKey = "sesame" });
        var page = await browser.OpenAsync(server.Address);
        await page.Page.GetByLabel("Bu sunucu bir API anahtarı istiyor:").FillAsync("sesame");
        await page.Button("Kaydet").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = TestServer.Model })).ToBeVisibleAsync();
        await page.AskAsync("Var mı?");
        await Expect(page.Answers.Locator(".text")).ToHaveTextAsync("Evet.");
    }

    [Fact]
    public async Task An_error_is_explained_and_the_question_is_not_lost()
    {
        await using var browser = await Chromium.StartAsync();
        await using var server = await StartAsync("Evet.");
        var page = await browser.OpenAsync(server.Address);
        var question = string.Join(' ', Enumerable.Repeat("makara", 900));
        await page.AskAsync(question);
        await Expect(page.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("bağlamına sığmıyor");
        await Expect(page.Question).ToHaveValueAsync(question);
        await Expect(page.Page.Locator("article")).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("narrow", 360, 640, false)]
    [InlineData("dark", 1000, 700, true)]
    [InlineData("narrow-dark", 320, 640, true)]
    public async Task Fits_the_screen_and_its_colors_have_contrast(string name, int width, int height, bool dark)
    {
        await using var browser = await Chromium.StartAsync();
        await using var server = await StartAsync("Temiz bakır firesi D50 deposuna girer.", FindFire);
        var page = await browser.OpenAsync(server.Address, width, height, dark);
        await page.AskAsync("Temiz bakır firesi hangi depoya girer? " + new string('ş', 200));
        await Expect(page.Answers.Locator(".meta")).ToBeVisibleAsync();
        (await page.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
            .Should().BeTrue("nothing may need horizontal scrolling");
        await page.SavePictureAsync(name);
        foreach (var selector in new[] { "article.user .text", "article.assistant .text", ".meta", "#send", "h1" })
            (await page.Page.EvaluateAsync<double[]>(Contrast.Script, selector))[0].Should().BeGreaterThan(4.5, selector);
    }

    [Fact]
    public async Task Every_control_has_a_name_and_is_reached_by_Tab()
    {
        await using var browser = await Chromium.StartAsync();
        await using var server = await StartAsync("Evet.");
        var page = await browser.OpenAsync(server.Address);
        await page.Page.GetByText("Ayarlar").ClickAsync();
        foreach (var label in new[] { "Soru", "Sistem istemi", "Sıcaklık", "En çok belirteç" })
            await Expect(page.Page.GetByLabel(label, new() { Exact = true })).ToBeVisibleAsync();
        await page.Question.FocusAsync();
        var reached = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            reached.Add(await page.Page.EvaluateAsync<string>("document.activeElement.id || document.activeElement.tagName"));
        }
        reached.Should().Equal("send", "SUMMARY", "system", "temperature", "max-tokens");
        await page.Page.GetByLabel("Sistem istemi").FillAsync("Kısa yanıt ver.");
        await page.AskAsync("Var mı?");
        await Expect(page.Answers.Locator(".text")).ToHaveTextAsync("Evet.");
    }

    private static IReadOnlyList<Passage> FindFire(string question) =>
    [
        new("tr/hammadde/bakir#giris", "Bakır filmaşin depoya mal kabul ile girer.", 1.2),
        new("tr/fire#kaplar", "Temiz bakır firesi D50 deposuna girer.", 4.5),
    ];

    private static Task<TestServer> StartAsync(string says, FindPassages? find = null) =>
        TestServer.StartAsync(FakeDecoder.Saying(Tokenizer, says, 700), find: find);
}
