using System.Globalization;
using FluentAssertions;
using Microsoft.Playwright;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Monitoring;
using TurkishLlm.Tests.Unit.Serving;
using static Microsoft.Playwright.Assertions;

namespace TurkishLlm.Tests.Browser;

/// <summary>The pages of <c>runs serve</c> in a real browser, while runs are written.</summary>
public sealed class RunPagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_curve_grows_without_a_reload_and_everything_else_stays_as_the_reader_left_it()
    {
        await using var browser = await Chromium.StartAsync();
        var run = RecordedRuns.Pretraining(_folder / "depo");
        using var training = Lock(run);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        var page = await browser.OpenAsync(new(server.Address, "/runs/depo"));
        await Expect(page.Page.Locator("nav .state")).ToHaveTextAsync("running");
        var summary = page.Page.GetByText("Conditions and hashes");
        await summary.ClickAsync();
        await page.Page.GetByText("logarithmic", new() { Exact = true }).First.ClickAsync();
        var place = await page.Page.EvaluateAsync<double>("""
            window.marked = [...document.querySelectorAll('h2')].find(heading => heading.textContent === 'Gate');
            marked.scrollIntoView();
            marked.getBoundingClientRect().top
            """);
        var curve = page.Page.Locator("svg .line").First;
        var before = await curve.GetAttributeAsync("d");

        using (var log = OpenLog(run))
            foreach (var step in Enumerable.Range(331, 60)) log.Write(Line(step));
        await Expect(page.Page.Locator("header p")).ToContainTextAsync("step 390 of 420");
        (await curve.GetAttributeAsync("d")).Should().NotBe(before);
        (await page.Page.EvaluateAsync<bool>("window.marked.isConnected")).Should().BeTrue("the page is not loaded again");
        (await page.Page.EvaluateAsync<double>("window.marked.getBoundingClientRect().top"))
            .Should().BeApproximately(place, 1, "what the reader looks at stays in its place, also if text above it grows");
        (await page.Page.EvaluateAsync<bool>(
            "[...document.querySelectorAll('details')].find(d => d.textContent.includes('Conditions and hashes')).open"))
            .Should().BeTrue("an opened section stays open");
        await Expect(page.Page.GetByLabel("logarithmic").First).ToBeCheckedAsync();

        // A section appears above, and the opened one keeps its state.
        await File.AppendAllTextAsync(run.SamplesFile, """{"step":390,"prompt":"Kablo","text":"Kablo depoda."}""" + "\n", Cancel);
        await Expect(page.Page.GetByText("depoda.").First).ToBeAttachedAsync();
        (await page.Page.EvaluateAsync<bool>(
            "[...document.querySelectorAll('details')].find(d => d.textContent.includes('Conditions and hashes')).open"))
            .Should().BeTrue();
        page.Errors.Should().BeEmpty();
        page.Requests.Should().OnlyContain(url => url.StartsWith(server.Address.ToString()) || url.StartsWith("data:"));
    }

    [Fact]
    public async Task A_run_appears_trains_ends_and_disappears_in_the_list_and_a_selection_stays()
    {
        await using var browser = await Chromium.StartAsync();
        RunFolderWriter.Write(_folder / "eski", Enumerable.Range(1, 200).Select(Metrics));
        RunFolderWriter.Write(_folder / "orta", Enumerable.Range(1, 90).Select(Metrics));
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        var page = await browser.OpenAsync(server.Address);
        await page.Page.GetByLabel("Compare eski").CheckAsync();
        var run = RunFolderWriter.Write(_folder / "yeni", Enumerable.Range(1, 20).Select(Metrics));
        var training = Lock(run);
        var row = page.Page.Locator("li", new() { HasText = "yeni" });
        await Expect(row.Locator(".state")).ToHaveTextAsync("running");
        await Expect(page.Page).ToHaveTitleAsync("(1) Training runs");
        using (var log = OpenLog(run)) log.Write(Line(21));
        await Expect(row).ToContainTextAsync("step 21 of 200");
        await page.Page.GetByLabel("Compare yeni").CheckAsync();
        await training.DisposeAsync();
        await Expect(row.Locator(".state")).ToHaveTextAsync("interrupted");
        await Expect(page.Page.GetByLabel("Compare eski")).ToBeCheckedAsync();
        await Expect(page.Page.GetByLabel("Compare yeni")).ToBeCheckedAsync();
        await Expect(page.Page.GetByLabel("Compare orta")).Not.ToBeCheckedAsync();
        Directory.Delete(_folder / "orta", recursive: true);
        await Expect(page.Page.Locator(".runs li")).ToHaveCountAsync(2);
        await page.Page.GetByText("Compare the selected runs").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "Plan differences" })).ToBeVisibleAsync();
        page.Page.Url.Should().EndWith("/compare?run=yeni&run=eski");
        await page.Page.GetByText("All runs").ClickAsync();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "yeni" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "Diagnosis" })).ToBeVisibleAsync();
        page.Errors.Should().BeEmpty();
    }

    [Fact]
    public async Task Says_that_the_server_has_gone_and_continues_when_it_is_back()
    {
        await using var browser = await Chromium.StartAsync();
        var run = RunFolderWriter.Write(_folder / "depo", Enumerable.Range(1, 20).Select(Metrics));
        var server = await TestRunServer.StartAsync(_folder.Path);
        var address = server.Address;
        var page = await browser.OpenAsync(address);
        await Expect(page.Page.Locator(".runs li")).ToContainTextAsync("step 20 of 200");
        await server.DisposeAsync();
        await Expect(page.Page.Locator("#offline")).ToBeVisibleAsync();
        await Expect(page.Page.Locator(".runs li")).ToContainTextAsync("step 20 of 200");
        using (var log = OpenLog(run)) log.Write(Line(21));
        await using var next = await TestRunServer.StartAsync(_folder.Path, port: address.Port);
        await Expect(page.Page.Locator(".runs li")).ToContainTextAsync("step 21 of 200");
        await Expect(page.Page.Locator("#offline")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Without_JavaScript_the_pages_are_complete()
    {
        await using var browser = await Chromium.StartAsync();
        RecordedRuns.Pretraining(_folder / "depo");
        RunFolderWriter.Write(_folder / "eski", Enumerable.Range(1, 200).Select(Metrics));
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        var page = await browser.OpenAsync(server.Address, hasScripts: false);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "depo" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "Gate" })).ToBeVisibleAsync();
        await page.Page.GetByText("All runs").ClickAsync();
        await page.Page.GetByLabel("Compare depo").CheckAsync();
        await page.Page.GetByLabel("Compare eski").CheckAsync();
        await page.Page.GetByText("Compare the selected runs").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "Summary" })).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("wide", 1200, 900, false)]
    [InlineData("narrow", 360, 640, false)]
    [InlineData("dark", 1200, 900, true)]
    [InlineData("narrow-dark", 320, 640, true)]
    public async Task Fits_the_screen_and_its_colors_have_contrast(string name, int width, int height, bool dark)
    {
        await using var browser = await Chromium.StartAsync();
        var run = RecordedRuns.Pretraining(_folder / "depo");
        using var training = Lock(run);
        RunFolderWriter.Write(_folder / "v1-r1", Enumerable.Range(1, 200).Select(Metrics));
        RunFolderWriter.Write(_folder / ("uzun/" + new string('ş', 60)), Enumerable.Range(1, 90).Select(Metrics));
        Directory.CreateDirectory(_folder / "bozuk");
        await File.WriteAllTextAsync(_folder / "bozuk/plan.yaml", "something: else\n", Cancel);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        foreach (var (what, path) in new[]
                 {
                     ("index", "/"), ("run", "/runs/depo"), ("compare", "/compare?run=depo&run=v1-r1"), ("broken", "/runs/bozuk"),
                 })
        {
            var page = await browser.OpenAsync(new(server.Address, path), width, height, dark);
            (await page.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
                .Should().BeTrue($"{what} may not need horizontal scrolling");
            await page.SavePictureAsync($"{what}-{name}", isWhole: true);
            foreach (var selector in new[] { "nav", "h1", ".state", "a" })
                foreach (var contrast in await page.Page.EvaluateAsync<double[]>(Contrast.Script, selector))
                    contrast.Should().BeGreaterThan(4.5, $"{selector} on {what}");
            page.Errors.Should().BeEmpty();
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static FileStream Lock(RunFolder run) =>
        new(RunFolder.GetLockFile(run.FullPath), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private static FileStream OpenLog(RunFolder run) =>
        new(run.MetricsFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    private static byte[] Line(int step) => System.Text.Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"step":{{step}},"loss":{{2.4 - 0.001 * step}},"lr":0.001,"grad_norm":1,"tokens":{{step * 256}},"tokens_per_second":1000,"seconds":{{step * 0.125}},"memory_bytes":1048576}""") + "\n");

    private static StepMetrics Metrics(int n) => new(
        n, 6.1 - n * 0.01 + 0.1 * Math.Sin(n), 1e-3, 1, n * 256, 1000 + n % 7, n * 0.125, 1 << 20,
        n % 40 == 0 ? 6.1 - n * 0.01 : null);
}
