using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Doctor;

namespace TurkishLlm.Tests.Unit.Cli;

public sealed class DoctorTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Checks_the_machine()
    {
        var ran = await CommandLineRunner.Run("doctor");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        Names(ran).Should().Equal(
            ".NET", "culture", "libtorch", "vectors", "bfloat16", "threads", "device", "processes",
            "memory", "allocator", "disk");
        ran.Output.Should().NotContain("FAIL").And.MatchRegex("OK    processes +one")
            .And.MatchRegex("OK    libtorch +[0-9]+\\.[0-9.]+ of (the package|TORCH_DIR), .*[/\\\\]");
    }

    [Fact]
    public async Task Checks_what_a_plan_requires()
    {
        var ran = await CommandLineRunner.Run("doctor", _here.Plan);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        Names(ran).Should().EndWith(["disk", "model", "run folder", "tokenizer", "shards"]);
        ran.Output.Should()
            .Contain("the plan runs on cpu")
            .And.Contain("the plan needs about")
            .And.Contain("2,048 tokens in")
            .And.Contain("training tokens");
        _here.Names().Should().BeEmpty("the command only reads");
    }

    [Fact]
    public async Task Lists_all_problems_that_prevent_a_plan_from_running()
    {
        _here.Write("notes.txt", "not a folder");
        var ran = await CommandLineRunner.Run(
            "doctor", _here.Plan, "--set", "device=cuda:3", "--set", "threads=4096", "--set", "model.vocab_size=2049", "--set",
            $"data.shards={_here / "nowhere"}", "--set", $"run={_here / "notes.txt"}/run");
        (ran.Code, ran.FirstError)
            .Should()
            .Be((ExitCode.InvalidInput, "tiny cannot run here: device, run folder, tokenizer, shards."));
        ran.Output.Should().Contain("WARN  threads").And.Contain("→ Use threads: 0 or at most").And.Contain("FAIL  device")
            .And.Contain("has 2048 tokens, the model 2049. Pass the tokenizer that the model was trained with.")
            .And.Contain($"{_here / "nowhere"} does not exist");
    }

    [Fact]
    public async Task Writes_JSON_lines()
    {
        var ran = await CommandLineRunner.Run("doctor", _here.Plan, "--json", "--set", $"data.tokenizer={_here / "nowhere"}");
        ran.Code.Should().Be(ExitCode.InvalidInput);
        var findings = ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .ToDictionary(finding => finding.GetProperty("name").GetString()!);
        findings["tokenizer"].GetProperty("status").GetString().Should().Be("fail");
        findings["tokenizer"].GetProperty("message").GetString().Should().Contain("tokenizer.json does not exist");
        findings["shards"].GetProperty("status").GetString().Should().Be("ok");
    }

    [Theory]
    [InlineData("processor\t: 0\nflags\t\t: fpu sse2 avx512f avx512_bf16 avx512_vnni\n", "avx512_bf16")]
    [InlineData("flags : avx512_bf16 amx_bf16 amx_tile\n", "amx_bf16")]
    [InlineData("Features\t: fp asimd bf16 i8mm\n", "bf16")]
    [InlineData("flags : avx512f avx512_bf16x\n", null)]
    [InlineData("model name : none\n", null)]
    public void Detects_CPU_support_for_bfloat16(string text, string? feature) =>
        ProcessorFeatures.FindBFloat16InCpuInfo(_here.Write("cpuinfo", text)).Should().Be(feature);

    private static IEnumerable<string> Names(CommandLineResult ran) =>
        ran
            .Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith(' '))
        .Select(line =>
            string.Join(
                ' ', line[6..]
                    .Split("  ", StringSplitOptions.RemoveEmptyEntries)[0]
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)));
}
