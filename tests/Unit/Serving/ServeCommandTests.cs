using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Cli;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Training;
using static System.FormattableString;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary><c>turkishllm serve</c> as a process of its own.</summary>
[Collection(nameof(NonParallel))]
public sealed class ServeCommandTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Serves_a_run_until_it_is_asked_to_stop_and_finishes_its_answers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        // After its first token the model never ends its answer.
        var run = ScriptedRun.Write(_here.Run, [ScriptedModel.Tokenizer.EncodeToIds("k")[0]], contextLength: 4200);
        using var process = new ChildProcess("serve", run, "--port", "0", "--max-tokens", "20");
        using var http = new HttpClient { BaseAddress = await ReadAddressAsync(process) };
        (await AskAsync(http, 20)).Should().Be(HttpStatusCode.OK);
        var running = await AskUntilRunningAsync(http, 4000);
        process.WaitForExit(ChildProcess.Terminate, () => true).Should().Be(0, process.Output);
        (await running).Should().Be(HttpStatusCode.OK, "the answer in progress is finished");
        process.Output.Should().Contain("Stopping; press Ctrl+C again to quit at once.")
            .And.Contain("POST /v1/chat/completions 200");
        await http.Invoking(it => it.GetAsync("/health", Cancel)).Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task A_kill_frees_the_port()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        var run = ScriptedRun.Write(_here.Run, "Evet.");
        using var killed = new ChildProcess("serve", run, "--port", "0");
        var address = await ReadAddressAsync(killed);
        killed.WaitForExit(ChildProcess.Kill, () => true).Should().Be(137);
        using var next = new ChildProcess("serve", run, "--port", Invariant($"{address.Port}"));
        (await ReadAddressAsync(next)).Should().Be(address);
        next.WaitForExit(ChildProcess.Terminate, () => true).Should().Be(0, next.Output);
    }

    [Fact]
    public async Task Answers_curl()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed.");
        using var process = new ChildProcess(
            new Dictionary<string, string> { ["TURKISHLLM_API_KEY"] = "sesame" },
            ["serve", ScriptedRun.Write(_here.Run, "Iğdır'da."), "--port", "0", "--model-name", "depo"]);
        var address = await ReadAddressAsync(process);
        string Curl(params string[] arguments) => Run("/usr/bin/curl", ["-sS", "-N", .. arguments]);
        const string question = """{"model": "depo", "messages": [{"role": "user", "content": "Makara nerede?"}]}""";
        string[] headers = ["-H", "Content-Type: application/json", "-H", "Authorization: Bearer sesame"];
        Curl([$"{address}v1/chat/completions", .. headers, "-d", question]).Should().Contain("\"content\":\"Iğdır'da.\"");
        var streamed = question.Replace("}]}", "}], \"stream\": true}", StringComparison.Ordinal);
        Curl([$"{address}v1/chat/completions", .. headers, "-d", streamed]).Should().EndWith("data: [DONE]\n\n");
        Curl([$"{address}v1/chat/completions", "-d", question]).Should().Contain("The API key is missing.");
        Curl([$"{address}v1/chat/completions", "-H", headers[3], "-d", question])
            .Should().Contain("Content-Type: application/json");
        process.WaitForExit(ChildProcess.Terminate, () => true).Should().Be(0, process.Output);
    }

    [Fact]
    public async Task Answers_from_documentation_and_names_the_passages()
    {
        var erp = Path.Combine(ReferenceRun.Fixtures, "erp");
        using var process = new ChildProcess(
            "serve", ScriptedRun.Write(_here.Run, "Evet.", contextLength: 600), "--port", "0", "--docs", erp, "--passages", "1",
            "--max-tokens", "20");
        using var http = new HttpClient { BaseAddress = await ReadAddressAsync(process) };
        using var reply = await http.PostAsync("/v1/chat/completions", new StringContent(
            """{"messages": [{"role": "user", "content": "Temiz bakır firesi hangi depoya girer?"}]}""", Encoding.UTF8,
            "application/json"), Cancel);
        (await reply.Content.ReadAsStringAsync(Cancel)).Should().Contain("tr/uretim/fire#");
        process.WaitForExit(ChildProcess.Terminate, () => true).Should().Be(0, process.Output);
    }

    [Fact]
    public async Task Says_what_is_wrong_before_it_listens()
    {
        var run = ScriptedRun.Write(_here.Run, "Evet.");
        await Expect("--passages is 0; it must be at least 1.", "--passages", "0");
        await Expect("--parallel is 0; it must be from 1 to 1024.", "--parallel", "0");
        await Expect("--max-body is 5; it must be from 1KB to 1GB.", "--max-body", "5");
        await Expect("port is -1; it must be from 0 (any free port) to 65535.", "--port", "-1");
        await Expect("max_tokens is 0; it must be at least 1.", "--max-tokens", "0");
        await Expect($"The key file {_here / "none"} does not exist.", "--api-key-file", _here / "none");
        await Expect($"The key file {_here.Write("empty", [])} is empty.", "--api-key-file", _here / "empty");
        await Expect(
            "--api-key and --api-key-file are both given; give one of them.", "--api-key", "a", "--api-key-file",
            _here / "empty");
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        var port = Invariant($"{((IPEndPoint)busy.LocalEndpoint).Port}");
        var ran = await CommandLineRunner.Run("serve", run, "--port", port);
        (ran.Code, ran.Output).Should().Be((ExitCode.InvalidInput, ""));
        ran.Errors.Should().Contain($"The server cannot listen on 127.0.0.1, port {port}: ").And.Contain("Choose another port");

        async Task Expect(string message, params string[] options)
        {
            var failed = await CommandLineRunner.Run(["serve", run, .. options]);
            (failed.Code, failed.FirstError, failed.Output).Should().Be((ExitCode.InvalidInput, message, ""));
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<HttpStatusCode> AskAsync(HttpClient http, int tokens)
    {
        using var reply = await http.PostAsync("/v1/chat/completions", new StringContent(
            $$"""{"messages": [{"role": "user", "content": "?"}], "max_tokens": {{tokens}} }""", Encoding.UTF8,
            "application/json"), Cancel);
        return reply.StatusCode;
    }

    // Asks until the server says that it generates the answer, which may be over before it is asked.
    private static async Task<Task<HttpStatusCode>> AskUntilRunningAsync(HttpClient http, int tokens)
    {
        while (true)
        {
            var running = AskAsync(http, tokens);
            while (!running.IsCompleted)
                if ((await http.GetStringAsync("/metrics", Cancel)).Contains("texts_running 1", StringComparison.Ordinal))
                    return running;
        }
    }

    private static async Task<Uri> ReadAddressAsync(ChildProcess process)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromMinutes(2))
        {
            var match = Regex.Match(process.Output, @"^Serving \S+ at (http://\S+) \(", RegexOptions.Multiline);
            if (match.Success) return new Uri(match.Groups[1].Value);
            await Task.Delay(20, Cancel);
        }
        throw new TimeoutException(process.Output);
    }

    private static string Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
