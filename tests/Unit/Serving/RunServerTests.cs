using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AngleSharp.Dom;
using FluentAssertions;
using TurkishLlm.Monitoring;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Monitoring;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>The pages of <c>runs serve</c>, over HTTP.</summary>
public sealed class RunServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lists_runs_with_their_state_the_running_ones_first()
    {
        Write("toy", 200);
        Write("deep/er/run", 40);
        Write("still", 120);
        Directory.CreateDirectory(_folder / "sft");
        File.WriteAllText(_folder / "sft/plan.yaml", "something: else\n");
        Directory.CreateDirectory(_folder / ".hidden");
        File.Copy(_folder / "toy/plan.yaml", _folder / ".hidden/plan.yaml");
        File.SetLastWriteTimeUtc(_folder / "toy/metrics.jsonl", new(2026, 11, 20, 14, 3, 24, DateTimeKind.Utc));
        File.SetLastWriteTimeUtc(_folder / "toy/plan.yaml", new(2026, 11, 20, 14, 3, 20, DateTimeKind.Utc));
        using var running = Lock("deep/er/run");
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        var page = await server.OpenAsync("/");
        page.Title.Should().Be("(1) Training runs");
        Rows(page).Take(3).Should().Equal(
            ("deep/er/run", "running", "step 40 of 200"), ("still", "interrupted", "step 120 of 200"),
            ("toy", "finished", "step 200 of 200"));
        var (name, state, problem) = Rows(page).Last();
        (name, state).Should().Be(("sft", "unreadable"));
        problem.Should().StartWith("sft/plan.yaml:1:1: ");
        page.QuerySelectorAll(".runs h3 a").Select(link => link.GetAttribute("href"))
            .Should().Equal("/runs/deep/er/run", "/runs/still", "/runs/toy", "/runs/sft");
        page.QuerySelector("li:nth-of-type(3) time")!.TextContent.Should().Be("2026-11-20 14:03:24 UTC");
        Facts(page.QuerySelector("li")!).Should().Equal(
            "loss 5.83", "validation 5.70", "tokens/s 1k", "time left 20 s");
        page.QuerySelectorAll("svg.spark").Should().HaveCount(3);
    }

    [Fact]
    public async Task The_page_of_a_run_is_its_report()
    {
        var run = RecordedRuns.Pretraining(_folder / "run");
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        var (status, live) = await server.GetAsync("/runs/run");
        status.Should().Be(200);
        var report = RunReport.RenderHtml(RunRecord.Read(run));
        GetMain(live).Should().Be(GetMain(report)).And.Contain("<h2>Gate</h2>").And.Contain("<h2>Samples</h2>");
        report.Should().NotContain("<script").And.NotContain("<nav>");
    }

    [Fact]
    public async Task A_run_that_trains_grows_and_half_a_line_is_not_read()
    {
        var run = Write("toy", 40);
        using var running = Lock("toy");
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        (await ReadStep(server)).Should().Be((40, 40, "20 s"));
        using var log = OpenLog(run);
        log.Write(Line(41));
        log.Write(Line(42).AsSpan(0, 60));
        (await ReadStep(server)).Should().Be((41, 41, "19.9 s"));
        log.Write(Line(42).AsSpan(60));
        log.Write(Line(43).AsSpan(0, 5));
        (await ReadStep(server)).Should().Be((42, 42, "19.8 s"));
    }

    [Fact]
    public async Task A_run_that_was_rolled_back_and_has_grown_beyond_shows_the_new_steps()
    {
        var run = Write("toy", 40);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        using var running = Lock("toy");
        (await server.OpenAsync("/")).QuerySelector("li .facts")!.TextContent.Should().Contain("5.83");
        using (var log = MetricsLog.Open(run.MetricsFile, 20))
            foreach (var n in Enumerable.Range(21, 60)) log.Append(Metrics(n) with { Loss = 9, ValidationLoss = null });
        var page = await server.OpenAsync("/runs/toy");
        page.QuerySelector("header p")!.TextContent.Should().Contain("step 80 of 200");
        page.Body!.TextContent.Should().Contain("8.91");
        Rows(await server.OpenAsync("/")).Should().Equal(("toy", "running", "step 80 of 200"));
    }

    [Fact]
    public async Task Shows_runs_that_wait_for_their_gate()
    {
        Write("resumed", 40);
        Directory.CreateDirectory(_folder / "new");
        Directory.CreateDirectory(_folder / "killed");
        await File.WriteAllTextAsync(RunFolder.GetGateLockFile(_folder / "killed"), "", Cancel);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        using (Lock("new", ".gate"))
        using (Lock("resumed", ".gate"))
        {
            const string waits = "The requirements are checked; training starts if all of them hold.";
            Rows(await server.OpenAsync("/")).Should().Equal(
                ("new", "at the gate", waits), ("resumed", "at the gate", "step 40 of 200"));
            (await server.OpenAsync("/runs/new")).QuerySelector("main p")!.TextContent.Should().Be(waits);
            (await server.OpenAsync("/runs/resumed")).QuerySelector("nav .state")!.TextContent.Should().Be("at the gate");
        }
        Rows(await server.OpenAsync("/")).Should().Equal(("resumed", "interrupted", "step 40 of 200"));
        await server.OpenAsync("/runs/new", 404);
    }

    [Fact]
    public async Task Runs_appear_disappear_and_come_back()
    {
        Write("toy", 40);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        Rows(await server.OpenAsync("/")).Should().HaveCount(1);
        Write("new", 3);
        Rows(await server.OpenAsync("/")).Select(row => row.Name).Should().BeEquivalentTo("toy", "new");
        Directory.Move(_folder / "toy", _folder / ".away");
        (await server.OpenAsync("/runs/toy", 404)).QuerySelector("main .warn")!.TextContent
            .Should().Contain("There is no run toy");
        Directory.Move(_folder / ".away", _folder / "toy");
        await server.OpenAsync("/runs/toy");
        Directory.Delete(_folder / "toy", recursive: true);
        Directory.Delete(_folder / "new", recursive: true);
        (await server.OpenAsync("/")).Body!.TextContent.Should().Contain("No runs yet.");
        Directory.Delete(_folder.Path);
        (await server.OpenAsync("/")).Body!.TextContent.Should().Contain($"The folder {_folder.Path} no longer exists.");
        Directory.CreateDirectory(_folder.Path);
        Write("back", 1);
        Rows(await server.OpenAsync("/")).Should().Equal(("back", "interrupted", "step 1 of 200"));
    }

    [Theory]
    [InlineData("metrics.jsonl", "{\"step\":1}\n", "toy/metrics.jsonl:1: it lacks ")]
    [InlineData("metrics.jsonl", "\0\0\0\n", "toy/metrics.jsonl:1: not JSON at byte 1")]
    [InlineData("events.jsonl", "no json\n", "toy/events.jsonl:1: not JSON at byte ")]
    [InlineData("machines.jsonl", "[]\n", "toy/machines.jsonl:1: ")]
    [InlineData("plan.yaml", "", "toy/plan.yaml")]
    public async Task A_damaged_file_is_named_and_the_run_returns_when_it_is_repaired(string file, string content, string message)
    {
        var run = Write("toy", 40);
        var path = Path.Combine(run.FullPath, file);
        var whole = File.Exists(path) ? await File.ReadAllBytesAsync(path, Cancel) : null;
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        await server.OpenAsync("/runs/toy");
        await File.WriteAllTextAsync(path, content, Cancel);
        var row = (await server.OpenAsync("/")).QuerySelector("li")!;
        row.QuerySelector(".state")!.TextContent.Should().Be("unreadable");
        row.QuerySelector("p")!.TextContent.Should().StartWith(message);
        (await server.OpenAsync("/runs/toy")).QuerySelector("main .warn")!.TextContent.Should().StartWith(message);
        (await server.OpenAsync("/compare?run=toy&run=toy2", 404)).Should().NotBeNull();
        if (whole is null) File.Delete(path);
        else await File.WriteAllBytesAsync(path, whole, Cancel);
        Rows(await server.OpenAsync("/")).Should().Equal(("toy", "interrupted", "step 40 of 200"));
    }

    [Fact]
    public async Task A_damaged_gate_or_sample_is_named_on_the_page_of_the_run()
    {
        var run = Write("toy", 40);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        foreach (var file in new[] { run.GateFile, run.SamplesFile, run.AnswersFile })
        {
            await File.WriteAllTextAsync(file, "{]\n", Cancel);
            (await server.OpenAsync("/runs/toy")).QuerySelector("main .warn")!.TextContent
                .Should().StartWith($"toy/{Path.GetFileName(file)}");
            File.Delete(file);
        }
        (await server.OpenAsync("/runs/toy")).QuerySelectorAll("main .warn").Should().BeEmpty();
    }

    [Fact]
    public async Task A_page_that_has_not_changed_is_not_sent_again()
    {
        var run = Write("toy", 40);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        foreach (var path in new[] { "/", "/runs/toy" })
        {
            var first = await Send(server, HttpMethod.Get, path);
            var tag = first.Headers.ETag!.ToString();
            (await Send(server, HttpMethod.Get, path, tag)).StatusCode.Should().Be(HttpStatusCode.NotModified);
            (await Send(server, HttpMethod.Get, path, $"\"other\", W/{tag}")).StatusCode.Should().Be(HttpStatusCode.NotModified);
            (await Send(server, HttpMethod.Get, path, "\"other\"")).StatusCode.Should().Be(HttpStatusCode.OK);
            using (var log = OpenLog(run)) log.Write(Line(path == "/" ? 41 : 42));
            var next = await Send(server, HttpMethod.Get, path, tag);
            (next.StatusCode, next.Headers.ETag!.ToString() == tag).Should().Be((HttpStatusCode.OK, false));
        }
    }

    [Fact]
    public async Task Answers_HEAD_like_GET_without_a_body_and_refuses_other_methods()
    {
        Write("toy", 40);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        foreach (var path in new[] { "/", "/runs/toy", "/live.js", "/none" })
        {
            var (get, head) = (await Send(server, HttpMethod.Get, path), await Send(server, HttpMethod.Head, path));
            head.StatusCode.Should().Be(get.StatusCode);
            head.Content.Headers.ContentLength.Should().Be(get.Content.Headers.ContentLength).And.BePositive();
            (await head.Content.ReadAsByteArrayAsync(Cancel)).Should().BeEmpty();
            head.Headers.ETag.Should().Be(get.Headers.ETag);
        }
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Options })
        {
            var refused = await Send(server, method, "/");
            (refused.StatusCode, string.Join(", ", refused.Content.Headers.Allow)).Should().Be(
                (HttpStatusCode.MethodNotAllowed, "GET, HEAD"));
        }
    }

    [Fact]
    public async Task Pages_load_nothing_but_the_script_of_the_server()
    {
        Write("toy", 40);
        RecordedRuns.Pretraining(_folder / "other");
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        foreach (var path in new[] { "/", "/runs/toy", "/runs/other", "/compare?run=toy&run=other", "/live.js" })
        {
            var reply = await Send(server, HttpMethod.Get, path);
            Header(reply, "Content-Security-Policy").Should().Contain("default-src 'none'; script-src 'self';");
            (Header(reply, "X-Content-Type-Options"), Header(reply, "Referrer-Policy"), Header(reply, "Cache-Control"))
                .Should().Be(("nosniff", "no-referrer", "no-cache"));
            if (path == "/live.js") continue;
            var page = await server.OpenAsync(path);
            page.QuerySelectorAll("script").Select(script => (script.GetAttribute("src"), script.TextContent))
                .Should().Equal(("/live.js", ""));
            page.QuerySelectorAll("link").Select(link => link.GetAttribute("href")).Should().Equal("data:,");
            page.QuerySelectorAll("a, form").Select(link => link.GetAttribute("href") ?? link.GetAttribute("action"))
                .Should().OnlyContain(address => address!.StartsWith('/'));
            page.All.SelectMany(element => element.Attributes).Should().NotContain(
                attribute => attribute.Name.StartsWith("on", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("/runs/../secret/run")]
    [InlineData("/runs/..%2Fsecret%2Frun")]
    [InlineData("/runs/%2e%2e/secret/run")]
    [InlineData("/runs/%2e%2e%2fsecret%2frun")]
    [InlineData("/runs/..%5Csecret%5Crun")]
    [InlineData("/runs/toy/../../secret/run")]
    [InlineData("/runs//toy")]
    [InlineData("/runs/toy/plan.yaml")]
    [InlineData("/runs/toy/metrics.jsonl")]
    [InlineData("/runs/linked")]
    [InlineData("/runs/")]
    [InlineData("/toy/report.html")]
    [InlineData("/compare?run=toy&run=..%2Fsecret%2Frun")]
    [InlineData("/%00")]
    public async Task No_path_leads_out_of_the_folder_or_to_a_file(string path)
    {
        RunFolderWriter.Write(_folder / "secret/run", [Metrics(1)], "name=gizli");
        RunFolderWriter.Write(_folder / "runs/toy", [Metrics(1)]);
        Directory.CreateSymbolicLink(_folder / "runs/linked", _folder / "secret/run");
        await using var server = await TestRunServer.StartAsync(_folder / "runs");
        var reply = await SendRawAsync(server, $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        reply.Should().MatchRegex("^HTTP/1.1 4(00|04) ");
        reply.Should().NotContain("gizli");
        Rows(await server.OpenAsync("/")).Select(row => row.Name).Should().Equal("toy");
    }

    [Fact]
    public async Task A_file_that_is_a_link_is_not_followed()
    {
        RunFolderWriter.Write(_folder / "secret/run", [Metrics(1)], "name=gizli");
        Directory.CreateDirectory(_folder / "runs/toy");
        File.CreateSymbolicLink(_folder / "runs/toy/plan.yaml", _folder / "secret/run/plan.yaml");
        await using var server = await TestRunServer.StartAsync(_folder / "runs");
        foreach (var path in new[] { "/", "/runs/toy" })
            (await server.GetAsync(path)).Text.Should().Contain("toy/plan.yaml is a symbolic link, and links are not followed.")
                .And.NotContain("gizli");
    }

    [Fact]
    public async Task A_pipe_in_place_of_a_file_does_not_block_the_server()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/mkfifo"), "mkfifo is a program of Linux.");
        var run = Write("toy", 3);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        foreach (var file in new[] { run.MetricsFile, run.PlanFile, run.GateFile })
        {
            var (away, name) = (_folder / "away", Path.GetFileName(file));
            if (File.Exists(file)) File.Move(file, away);
            using (var make = Process.Start("/usr/bin/mkfifo", [file])) await make.WaitForExitAsync(Cancel);
            foreach (var path in new[] { "/", "/runs/toy" })
                (await server.GetAsync(path)).Text.Should().Contain($"toy/{name} is a pipe or a device, not a file.");
            File.Delete(file);
            if (File.Exists(away)) File.Move(away, file);
        }
        Rows(await server.OpenAsync("/")).Should().Equal(("toy", "interrupted", "step 3 of 200"));
    }

    [Fact]
    public async Task Names_may_have_any_characters()
    {
        string[] names = ["çağ ığdır", "a#b", "a?b", "a%2Fb", "<b>&\"'", "a+b"];
        foreach (var name in names) Write(name, 3);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        var index = await server.OpenAsync("/");
        var links = index.QuerySelectorAll(".runs h3 a").ToArray();
        links.Select(link => link.TextContent).Should().BeEquivalentTo(names);
        foreach (var link in links)
            (await server.OpenAsync(link.GetAttribute("href")!)).QuerySelector("nav")!.TextContent
                .Should().Contain(link.TextContent);
        var chosen = string.Join('&', index.QuerySelectorAll("input").Select(box =>
            $"run={Uri.EscapeDataString(box.GetAttribute("value")!)}"));
        (await server.OpenAsync($"/compare?{chosen}")).Title
            .Should().Be(string.Join(" · ", links.Select(link => link.TextContent)));
    }

    [Fact]
    public async Task Compares_runs_as_the_command_does()
    {
        Write("a", 80);
        Write("b", 120, "optimizer.learning_rate=0.002");
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        var page = await server.OpenAsync("/compare?run=a&run=b&run=a");
        page.Title.Should().Be("a · b");
        page.QuerySelectorAll("h2").Select(heading => heading.TextContent).Should().Equal("Summary", "Plan differences");
        page.Body!.TextContent.Should().Contain("optimizer.learning_rate").And.Contain("<a>");
        page.QuerySelectorAll("nav a").Select(link => link.GetAttribute("href")).Should().Equal("/", "/runs/a", "/runs/b");
        foreach (var few in new[] { "/compare", "/compare?run=a", "/compare?run=a&run=a" })
            (await server.OpenAsync(few, 400)).Body!.TextContent.Should().Contain("Select two or more runs");
        (await server.OpenAsync("/compare?run=a&run=c", 404)).Body!.TextContent.Should().Contain("There is no run c");
        await File.WriteAllTextAsync(_folder / "b/metrics.jsonl", "{}\n", Cancel);
        (await server.OpenAsync("/compare?run=a&run=b")).QuerySelector("main .warn")!.TextContent
            .Should().StartWith("b/metrics.jsonl:1: ");
    }

    [Fact]
    public async Task A_folder_that_is_a_run_is_its_only_run()
    {
        Write("toy", 40);
        await using var server = await TestRunServer.StartAsync(_folder / "toy" + Path.DirectorySeparatorChar);
        Rows(await server.OpenAsync("/")).Should().Equal(("toy", "interrupted", "step 40 of 200"));
        await server.OpenAsync("/runs/toy");
    }

    [Fact]
    public async Task A_page_that_names_another_host_is_refused()
    {
        Write("toy", 40);
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        (await SendRawAsync(server, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
            .Should().StartWith("HTTP/1.1 403 ").And.NotContain("toy");
    }

    [Fact]
    public async Task Work_that_takes_long_waits_so_that_training_has_the_processor()
    {
        var run = Write("toy", 40);
        using var running = Lock("toy");
        var clock = new ManualClock { PerReading = TimeSpan.FromMilliseconds(100) };
        await using var server = await TestRunServer.StartAsync(_folder.Path, clock);
        Rows(await server.OpenAsync("/")).Should().Equal(("toy", "running", "step 40 of 200"));
        clock.PerReading = TimeSpan.Zero;
        using (var log = OpenLog(run)) log.Write(Line(41));
        Rows(await server.OpenAsync("/")).Should().Equal(("toy", "running", "step 40 of 200"));
        clock.Advance(TimeSpan.FromSeconds(10));
        Rows(await server.OpenAsync("/")).Should().Equal(("toy", "running", "step 41 of 200"));
    }

    [Fact]
    public async Task Requests_while_a_run_trains_always_show_whole_steps()
    {
        var run = Write("toy", 10);
        using var running = Lock("toy");
        await using var server = await TestRunServer.StartAsync(_folder.Path);
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            long last = 0;
            while (!done.IsCancellationRequested)
            {
                var (_, summary) = (0, Rows(await server.OpenAsync("/")).Single().Summary);
                var step = long.Parse(summary.Split(' ')[1], CultureInfo.InvariantCulture);
                step.Should().BeGreaterThanOrEqualTo(last);
                last = step;
            }
        })).ToArray();
        using (var log = OpenLog(run))
            foreach (var line in Enumerable.Range(11, 120).Select(Line))
            {
                log.Write(line.AsSpan(0, line.Length / 2));
                await Task.Delay(1, Cancel);
                log.Write(line.AsSpan(line.Length / 2));
            }
        await done.CancelAsync();
        await Task.WhenAll(readers);
        (await ReadStep(server)).Index.Should().Be(130);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static IEnumerable<(string Name, string State, string Summary)> Rows(IDocument page) =>
        page.QuerySelectorAll(".runs > li").Select(row => (
            row.QuerySelector("a")!.TextContent, row.QuerySelector(".state")!.TextContent,
            row.QuerySelector("p")!.ChildNodes[0].TextContent));

    private static IEnumerable<string> Facts(IElement row) => row.QuerySelectorAll(".facts div").Select(fact =>
        $"{fact.QuerySelector("dt")!.TextContent} {fact.QuerySelector("dd")!.TextContent}");

    // The last step in the list and on the page, and the time left there.
    private static async Task<(int Index, int Page, string Left)> ReadStep(TestRunServer server)
    {
        var row = Rows(await server.OpenAsync("/")).Single();
        var page = await server.OpenAsync("/runs/toy");
        var header = page.QuerySelector("header p")!.TextContent;
        var left = page.QuerySelectorAll(".facts div").Single(fact => fact.QuerySelector("dt")!.TextContent == "time left");
        return (
            int.Parse(row.Summary.Split(' ')[1], CultureInfo.InvariantCulture),
            int.Parse(header.Split("step ")[1].Split(' ')[0], CultureInfo.InvariantCulture),
            left.QuerySelector("dd")!.TextContent);
    }

    private static string GetMain(string html) =>
        html[html.IndexOf("<main>", StringComparison.Ordinal)..html.IndexOf("</main>", StringComparison.Ordinal)];

    private static string Header(HttpResponseMessage reply, string name) => string.Join(',', reply.Headers.GetValues(name));

    private static Task<HttpResponseMessage> Send(TestRunServer server, HttpMethod method, string path, string? known = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (known is not null) request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return server.Http.SendAsync(request, Cancel);
    }

    // HttpClient would remove the dots of a path.
    private static async Task<string> SendRawAsync(TestRunServer server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Cancel);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Cancel);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync(Cancel);
    }

    private static FileStream OpenLog(RunFolder run) =>
        new(run.MetricsFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    private static byte[] Line(int step) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"step":{{step}},"loss":5.5,"lr":0.001,"grad_norm":1,"tokens":{{step * 256}},"tokens_per_second":1000,"seconds":{{step * 0.125}},"memory_bytes":1048576}""") + "\n");

    private static StepMetrics Metrics(int n) => new(
        n, 6.1 - n * 0.01, 1e-3, 1, n * 256, 1000, n * 0.125, 1 << 20, n % 40 == 0 ? 6.1 - n * 0.01 : null);

    private FileStream Lock(string run, string file = ".lock") =>
        new(_folder / $"{run}/{file}", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private RunFolder Write(string name, int steps, params string[] overrides) => RunFolderWriter.Write(
        _folder / name, Enumerable.Range(1, steps).Select(Metrics), overrides);
}
