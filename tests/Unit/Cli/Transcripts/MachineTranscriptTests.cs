using System.Text.RegularExpressions;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>memory</c>, <c>completion</c>, <c>doctor</c> and <c>launch</c> print.</summary>
public sealed partial class MachineTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Forecasts_memory()
    {
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("memory HERE/tiny.yaml --limit 4GB");
        await transcript.Run("memory HERE/tiny.yaml --limit 4GB --json");
        await transcript.Run("memory HERE/tiny.yaml --device cuda");
        await transcript.Run("memory HERE/tiny.yaml --device cuda --json --limit 100TB");
        await transcript.Run(
            "memory HERE/tiny.yaml --limit 600MB --set training.accumulation_steps=1 --set compute_dtype=bfloat16");
        const string large = "--set model.max_seq_len=128 --set training.sequence_length=128";
        await transcript.Run($"memory HERE/tiny.yaml {large} --set training.micro_batch_size=60000 --limit 3GB");
        await transcript.Run($"memory HERE/tiny.yaml {large} --set training.micro_batch_size=60001 --limit 3.5gb");
        await transcript.Run($"memory HERE/tiny.yaml {large} --set training.micro_batch_size=3000 --limit 30000MB --json");
        await transcript.Run("memory HERE/tiny.yaml --limit 4GB --set data.shards=HERE/none");
        foreach (var limit in new[] { "24,5GB", "much", "0", "0.9", "1", "1KB", "1024", "0.25GB", "-1GB", "9000000TB",
            "99999999TB", "GB", "1 GB" })
            await transcript.Run("memory HERE/tiny.yaml", "--limit", limit);
        await transcript.Run("memory HERE/tiny.yaml --device cuda --measure");
        await transcript.Run("memory HERE/tiny.yaml --json --measure");
        await transcript.Run("memory HERE/none.yaml");
        transcript.Compare("Memory");
    }

    [Fact]
    public async Task Prints_scripts_and_refuses_wrong_launches()
    {
        var transcript = new Transcript((_here / "", "HERE"));
        foreach (var shell in new[] { "bash", "zsh", "fish", "pwsh", "cmd" }) await transcript.Run($"completion {shell}");
        foreach (var wrong in new[] { "-n 0", "-n 3", "", "-n 2 --set seeed=1", "-n 2 --set device=gpu", "-n 2 --json" })
            await transcript.Run($"launch HERE/tiny.yaml {wrong}");
        foreach (var wrong in new[]
        {
            "--distributed-timeout 0", "--hourly-rate -0.1", "--peak-tflops 0", "--json", "--resume auto --init-from HERE/x",
            "--resume HERE/none",
            "--init-from HERE/none", "--set device=gpu",
        })
            await transcript.Run($"train HERE/tiny.yaml {wrong}");
        foreach (var wrong in new[] { "--steps 1", "--preset v3", "--vocab-size 3", "--corpus HERE/none" })
            await transcript.Run($"demo --run HERE/demo {wrong}");
        _here.Write("notes/run/x.txt", "mine");
        _here.Write("file/run", "mine");
        await transcript.Run("demo --run HERE/notes --steps 2");
        await transcript.Run("demo --run HERE/file --steps 2");
        await transcript.Run("spec run HERE/tiny.yaml --only P491,TOK-08");
        await transcript.Run("spec run --only TOK-08 --set seed=3");
        await transcript.Run("spec run --only TOK-08 --html HERE");
        transcript.Compare("Refusals");
    }

    /// <summary>Only findings that do not depend on the machine, without its numbers. DoctorTests checks all names.</summary>
    [Fact]
    public async Task Reports_on_a_plan()
    {
        Assert.SkipWhen(
            TorchSharp.torch.cuda.device_count() > 0 || File.Exists("/proc/driver/nvidia/version"),
            "An NVIDIA device or driver gives other findings.");
        var transcript = new Transcript((_here / "", "HERE")) { Kept = Findings() };
        await transcript.Run(
            "doctor HERE/tiny.yaml --json --set model.vocab_size=2049 --set threads=4096 --set data.shards=HERE/none "
                + "--set run=HERE/tiny.yaml/run");
        await transcript.Run("doctor HERE/tiny.yaml --set device=cuda:3 --set data.tokenizer=HERE/none");
        await transcript.Run("doctor HERE/tiny.yaml");
        await transcript.Run("doctor HERE/none.yaml");
        transcript.Replace(Amounts(), "SIZE free");
        transcript.Replace(Processors(), "N processors");
        transcript.Replace(Most(), "at most N");
        transcript.Replace(Libtorch(), "libtorch N");
        transcript.Compare("Doctor");
    }

    // The finding about threads depends on OMP_NUM_THREADS, except where the plan asks for too many (in the run with --json).
    [GeneratedRegex(
        @"^\{""status"":""\w+"",""name"":""(threads|device|disk|run folder|tokenizer|shards|memory)"""
        + @"|^\w+ +(device|disk|run folder|tokenizer|shards|memory) ")]
    private static partial Regex Findings();

    [GeneratedRegex(@"[\d.]+ [KMG]B free")]
    private static partial Regex Amounts();

    [GeneratedRegex(@"\b\d+ processors?")]
    private static partial Regex Processors();

    [GeneratedRegex(@"libtorch \d[\d.]*\d")]
    private static partial Regex Libtorch();

    [GeneratedRegex(@"at most \d+")]
    private static partial Regex Most();
}
