using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Runs the programs of samples/ as separate processes.</summary>
public sealed class SampleTests
{
    [Fact]
    public void A_TorchSharp_module_learns_from_the_hidden_states_of_the_model()
    {
        var losses = ReadLosses(Run("OwnModule"));
        losses.Should().HaveCount(6);
        losses[0].Should().BeGreaterThan(0.5, "it begins by guessing: ln 2 is 0.69");
        losses[^1].Should().BeLessThan(losses[0] / 2);
    }

    [Fact]
    public void An_attention_function_meets_its_requirements_and_a_wrong_one_is_named()
    {
        var output = Run("OwnAttention");
        output.Should().MatchRegex(@"^[1-9] requirements hold\r?\n");
        output.Should().Contain("readers of key/value head[0] = \"0, 2\", required \"0, 1\"")
            .And.Contain("looks like: key value heads tiled");
    }

    [Fact]
    public void A_training_loop_starts_after_its_requirements_hold()
    {
        var output = Run("OwnLoop");
        output.Should().MatchRegex(@"^[1-9][0-9]* cases hold, [0-9]+ skipped\r?\n");
        var losses = ReadLosses(output);
        losses.Should().HaveCount(6);
        losses[^1].Should().BeLessThan(losses[0] / 2);
    }

    [Fact]
    public void A_GPT_of_its_own_meets_the_requirements_for_decoders_and_learns()
    {
        var output = Run("NanoGpt");
        output.Should().StartWith("26 requirements hold");
        var losses = ReadLosses(output);
        losses.Should().HaveCount(6);
        losses[^1].Should().BeLessThan(losses[0] / 2);
    }

    [Fact]
    public void A_text_is_cut_into_chunks_by_a_tokenizer_of_Microsofts_class()
    {
        var text = Path.Combine(ReferenceRun.Fixtures, "text", "law.txt");
        var chunks = Run("TextChunks", Path.Combine(ReferenceRun.Fixtures, "tokenizer"), text, "64").TrimEnd().Split('\n');
        chunks.Should().HaveCountGreaterThan(40)
            .And.OnlyContain(chunk => int.Parse(chunk.Split(' ', 2)[0], CultureInfo.InvariantCulture) <= 64);
        string.Concat(chunks.Select(chunk => chunk.TrimEnd('\r').Split(": ", 2)[1]))
            .Should().Be(File.ReadAllText(text).ReplaceLineEndings(" ").TrimEnd());
    }

    [Fact]
    public void A_model_is_fine_tuned_and_asked()
    {
        using var here = new TestWorkspace();
        var erp = Path.Combine(ReferenceRun.Fixtures, "sft", "erp.jsonl");
        var plan = File.ReadAllText(here.Plan).Replace("max_seq_len: 24", "max_seq_len: 64", StringComparison.Ordinal)
            .Replace("sequence_length: 19", "sequence_length: 64", StringComparison.Ordinal);
        File.WriteAllText(here.Plan, plan + $"sft: {{ sources: {{ erp: {{ path: {erp} }} }} }}\n");
        Run("FineTune", here.Plan, "Telbis nedir?").Should().MatchRegex(@"^\d+ requirements hold\r?\nstep \d+: ");
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{program}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";      // two are slower on tensors as small as theirs
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.Should().Be(0);
        return output;
    }

    private static double[] ReadLosses(string output) =>
    [
        .. Regex.Matches(output, "loss ([0-9.]+)")
            .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)),
    ];
}
