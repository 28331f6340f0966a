using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>
/// Sends thousands of signals to a training process on a terminal and compares its losses with those of an undisturbed run.
/// Libraries that move the stack pointer while they multiply matrices do not survive this.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class SignalStormTests : IDisposable
{
    private const int WindowChange = 28, Alarm = 14, Child = 17, User1 = 10, Profile = 27;
    private static readonly int[] Storm = [WindowChange, Alarm, Child, User1, Profile];

    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    public void Thousands_of_signals_change_no_bit_of_a_run(string type)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "Needs Linux and script (util-linux).");
        TinyPlan.Trace(TrainingPlan.Load(_here.Plan, Changes("calm", type)));
        TorchSharp.torch.set_num_threads(1);      // the plan has asked for more
        var calm = ReadLosses("calm");
        var (stormy, sent) = TrainInStorm("stormy", type);

        sent.Should().BeGreaterThan(1000, "of each of the five signals");
        stormy.Should().HaveCount(12).And.OnlyHaveUniqueItems().And.Equal(calm);
    }

    // The shapes of v1 with fewer layers and tokens.
    private string[] Changes(string name, string type) =>
    [
        $"run={_here / name}", $"compute_dtype={type}", "threads=2",
        "model={vocab_size: 2048, d_model: 256, n_layers: 2, n_heads: 8, n_kv_heads: 2, d_ff: 688, max_seq_len: 512}",
        "training={steps: 12, micro_batch_size: 2, sequence_length: 256}", "samples.every=0", "evaluation.every=0",
    ];

    private (string[] Losses, int Sent) TrainInStorm(string name, string type)
    {
        var (id, log) = (_here / $"{name}.pid", _here / $"{name}.log");
        var program = Path.Combine(AppContext.BaseDirectory, "turkishllm.dll");
        var words = string.Join(' ', Changes(name, type).Select(change => $"--set '{change}'"));
        // script gives the process a terminal, so that the runtime installs its handler of SIGWINCH.
        var inner = $"echo $$ > '{id}'; exec dotnet '{program}' train '{_here.Plan}' {words}";
        var start = new ProcessStartInfo("/usr/bin/script", ["-qefc", inner, log])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        start.Environment["SHELL"] = "/bin/sh";
        using var process = Process.Start(start)!;
        var reading = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var sent = SendSignals(process, id, Path.Combine(_here / name, "metrics.jsonl"));
        process.WaitForExit(TimeSpan.FromMinutes(5)).Should().BeTrue(log);
        process.ExitCode.Should().Be(0, $"exit code of:\n{reading.Result}");
        return (ReadLosses(name), sent);
    }

    private string[] ReadLosses(string run) => [.. File.ReadLines(_here / $"{run}/metrics.jsonl").Select(ReadLoss)];

    private static int SendSignals(Process process, string idFile, string metrics)
    {
        while (!process.HasExited && !File.Exists(metrics)) Thread.Sleep(5);
        var id = int.Parse(File.ReadAllText(idFile), CultureInfo.InvariantCulture);
        Handles(id, WindowChange).Should().BeTrue("a terminal makes the runtime handle SIGWINCH, otherwise nothing is tested");
        var rounds = 0;
        for (; !process.HasExited; rounds++)
        {
            foreach (var signal in Storm) _ = SendSignal(id, signal);
            if (rounds % 16 == 0) Thread.Sleep(1);
        }
        return rounds;
    }

    private static bool Handles(int process, int signal)
    {
        const string caught = "SigCgt:";
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status"))
            .First(line => line.StartsWith(caught, StringComparison.Ordinal));
        return (Convert.ToUInt64(line[caught.Length..].Trim(), 16) >> (signal - 1) & 1) == 1;
    }

    private static string ReadLoss(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("loss").GetRawText() + " " + json.RootElement.GetProperty("grad_norm").GetRawText();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
