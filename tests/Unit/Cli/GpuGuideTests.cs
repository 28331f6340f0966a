using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>
/// The program and the scripts understand the commands of docs/guide/gpu.md: on a rented machine every minute costs.
/// </summary>
public sealed partial class GpuGuideTests
{
    private static readonly string Guide = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "gpu.md"));

    public static TheoryData<string> Commands() =>
        [.. Command().Matches(Guide).Select(match => match.Groups[1].Value).Distinct()];

    [Theory, MemberData(nameof(Commands))]
    public void The_program_understands(string line)
    {
        var words = Word().Matches(line).Select(match => match.Value.Trim('"')).ToArray();
        CommandLine
            .Create(new Display(TextWriter.Null, "turkishllm"))
            .Parse(words)
            .Errors.Select(error => error.Message)
            .Should()
            .BeEmpty();
    }

    [Fact]
    public void It_shows_commands() => Commands().Should().HaveCountGreaterThan(5);

    [Theory, InlineData("turkishllm-gpu", "tests/Gpu/turkishllm-gpu"), InlineData("run", "run")]
    public void The_scripts_accept_the_documented_verbs(string script, string file)
    {
        var there = Regex
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, file)), @"^  ([a-z]+)\)", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value);
        Regex
            .Matches(Guide, $@"\./{script} ([a-z]+)")
            .Select(match => match.Groups[1].Value)
            .Distinct()
            .Should()
            .NotBeEmpty()
            .And.BeSubsetOf(there);
    }

    [GeneratedRegex(@"^(?:nohup )?\./(?:turkishllm-gpu|run) cli ([^>&#\n]+)", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();
}
