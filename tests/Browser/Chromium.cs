using Microsoft.Playwright;

namespace TurkishLlm.Tests.Browser;

/// <summary>The Chromium of this machine, driven by Playwright. Nothing is downloaded.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Variable = "TURKISHLLM_CHROMIUM";

    private static readonly string[] Usual =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", @"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Starts the browser, or skips the test where there is none.</summary>
    public static async Task<Chromium> StartAsync()
    {
        var file = Environment.GetEnvironmentVariable(Variable) ?? Array.Find(Usual, File.Exists);
        if (file is null)
            Assert.Skip($"No Chromium is installed: ./run setup --browser, or name it in {Variable}.");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = file, Args = ["--no-sandbox", "--disable-gpu"],       // root needs the first
        });
        return new(playwright, browser);
    }

    /// <summary>Opens a page and collects what it asks for and reports.</summary>
    public async Task<OpenPage> OpenAsync(
        Uri address, int width = 1000, int height = 700, bool dark = false, bool hasScripts = true)
    {
        var context = await _browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            JavaScriptEnabled = hasScripts,
        });
        var page = new OpenPage(await context.NewPageAsync());
        await page.Page.GotoAsync(address.ToString());
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

/// <summary>A page of the browser.</summary>
internal sealed class OpenPage
{
    public OpenPage(IPage page)
    {
        Page = page;
        page.Request += (_, request) => Requests.Add(request.Url);
        page.PageError += (_, error) => Errors.Add(error);
        page.Dialog += (_, dialog) =>
        {
            Errors.Add($"dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
    }

    public IPage Page { get; }

    public List<string> Requests { get; } = [];

    public List<string> Errors { get; } = [];

    public ILocator Question => Page.GetByLabel("Soru", new() { Exact = true });

    public ILocator Answers => Page.Locator("article.assistant");

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>Asks a question with the keyboard.</summary>
    public async Task AskAsync(string question)
    {
        await Question.FillAsync(question);
        await Question.PressAsync("Enter");
    }

    /// <summary>Saves a picture in the folder that TURKISHLLM_PICTURES names.</summary>
    /// <param name="name">Name of the file.</param>
    /// <param name="isWhole">True for the whole page, false for the part that the window shows.</param>
    public async Task SavePictureAsync(string name, bool isWhole = false)
    {
        if (Environment.GetEnvironmentVariable("TURKISHLLM_PICTURES") is { Length: > 0 } folder)
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = isWhole });
    }
}
