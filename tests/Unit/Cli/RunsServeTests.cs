using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Monitoring;
using static System.FormattableString;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary><c>turkishllm runs serve</c> as a process of its own, and its errors.</summary>
public sealed class RunsServeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serves_until_it_is_asked_to_stop()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        foreach (var name in new[] { "a", "b" })
            RunFolderWriter.Write(_folder / name, Enumerable.Range(1, 60).Select(n =>
                new StepMetrics(n, 6 - 0.01 * n, 1e-3, 1, n * 256, 1000, n, 1 << 20)));
        using var process = new ChildProcess("runs", "serve", _folder.Path, "--port", "0");
        using var http = new HttpClient { BaseAddress = await ReadAddressAsync(process) };
        (await http.GetStringAsync("/", Cancel)).Should().Contain("step 60 of 200");
        (await http.GetStringAsync("/runs/a", Cancel)).Should().Contain("<h2>Curves</h2>");
        (await http.GetStringAsync("/compare?run=a&run=b", Cancel)).Should().Contain("steps to loss");
        process.WaitForExit(ChildProcess.Terminate, () => true).Should().Be(0, process.Output);
        process.Output.Should().Contain($"Serving the runs of {_folder.Path} at http://127.0.0.1:")
            .And.Contain("Stopping; press Ctrl+C again to quit at once.");
        await http.Invoking(it => it.GetAsync("/", Cancel)).Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task Says_what_is_wrong_before_it_listens()
    {
        await Expect("port is 65536; it must be from 0 (any free port) to 65535.", _folder.Path, "--port", "65536");
        await Expect(
            "host is example.org; it must be localhost or an IP address, such as 127.0.0.1 (this machine only) or 0.0.0.0 (all).",
            _folder.Path, "--host", "example.org");
        await Expect(
            $"The folder {_folder / "none"} does not exist. Give the folder of your runs: turkishllm runs serve FOLDER",
            _folder / "none");
        File.WriteAllText(_folder / "file", "");
        await Expect($"{_folder / "file"} is a file. Give the folder of your runs, such as runs.", _folder / "file");
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        var port = Invariant($"{((IPEndPoint)busy.LocalEndpoint).Port}");
        var ran = await CommandLineRunner.Run("runs", "serve", _folder.Path, "--port", port);
        (ran.Code, ran.Output).Should().Be((ExitCode.InvalidInput, ""));
        ran.Errors.Should().Contain($"The server cannot listen on 127.0.0.1, port {port}: ").And.Contain("Choose another port");

        async Task Expect(string message, params string[] arguments)
        {
            var failed = await CommandLineRunner.Run(["runs", "serve", .. arguments]);
            (failed.Code, failed.FirstError, failed.Output).Should().Be((ExitCode.InvalidInput, message, ""));
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<Uri> ReadAddressAsync(ChildProcess process)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromMinutes(2))
        {
            var match = Regex.Match(process.Output, @"^Serving .* at (http://\S+) \(", RegexOptions.Multiline);
            if (match.Success) return new Uri(match.Groups[1].Value);
            await Task.Delay(20, Cancel);
        }
        throw new TimeoutException(process.Output);
    }
}
