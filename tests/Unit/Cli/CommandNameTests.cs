using System.CommandLine;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Messages name the program as it was called.</summary>
public sealed class CommandNameTests
{
    [Theory]
    [InlineData("Create one with `turkishllm tokenizer train`.", "Create one with `./run cli tokenizer train`.")]
    [InlineData("Export it: turkishllm checkpoint export a b", "Export it: ./run cli checkpoint export a b")]
    [InlineData("mpirun -n N turkishllm train PLAN", "mpirun -n N ./run cli train PLAN")]
    [InlineData("~/bin/turkishllm train", "~/bin/turkishllm train")]
    [InlineData("turkishllm.dll and turkishllm kablo", "turkishllm.dll and turkishllm kablo")]
    public void Replaces_the_program_in_front_of_a_command(string text, string expected) =>
        CommandName.Adapt(text, "./run cli").Should().Be(expected);

    [Fact]
    public void Knows_every_command() =>
        CommandLine.Create(new Display(TextWriter.Null, "turkishllm")).Subcommands
            .Select(command => CommandName.Adapt($"turkishllm {command.Name}", "$1")).Should().OnlyContain(
                text => text.StartsWith("$1 ", StringComparison.Ordinal));

    [Theory]
    [InlineData("tokenizer", "encode", "yok", "kablo")]
    [InlineData("generate", "yok", "kablo")]
    [InlineData("spec", "run", "--only", "P491")]
    [InlineData("data", "inspect", "yok")]
    [InlineData("synth", "group", "yok")]
    [InlineData("checkpoint", "inspect", "yok")]
    public async Task Errors_of_every_library_name_the_program_as_it_was_called(params string[] arguments)
    {
        var errors = new StringWriter();
        var code = await CommandLine.RunAsync(
            arguments, TextWriter.Null, errors, "./run cli", cancellationToken: TestContext.Current.CancellationToken);
        code.Should().Be((int)ExitCode.InvalidInput);
        errors.ToString().Should().NotContain("turkishllm").And.NotContain("   at ");
    }
}
