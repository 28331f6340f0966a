using System.Diagnostics;
using FluentAssertions;
using TurkishLlm.Cli;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Shell completion: the suggestions of the program, and the bash script that asks for them.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("turkishllm tra", "train")]
    [InlineData("turkishllm evaluate m --base", "--base-model")]
    [InlineData("turkishllm checkpoint export m out --format h", "hf")]
    public async Task Suggests_commands_options_and_values(string line, string suggestion)
    {
        var ran = await CommandLineRunner.Run($"[suggest:{line.Length}]", line);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Split(Environment.NewLine).Should().Contain(suggestion);
    }

    [Theory]
    [InlineData("turkishllm tra", "train")]
    [InlineData("turkishllm tokenizer ", "add-tokens decode encode report train")]
    [InlineData("turkishllm evaluate m --pass-", "--pass-k")]
    [InlineData("turkishllm train conf", "")]
    public async Task Bash_completes(string line, string expected)
    {
        if (!File.Exists("/bin/bash")) Assert.Skip("There is no /bin/bash.");
        var script = (await CommandLineRunner.Run("completion", "bash")).Output;
        var words = line.Split(' ');
        var start = new ProcessStartInfo("/bin/bash", ["-c",
            $$"""
            {{script}}
            turkishllm() { dotnet '{{Path.Combine(AppContext.BaseDirectory, "turkishllm.dll")}}' "$@"; }
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}} COMP_WORDS=({{string.Join(' ', words.Select(word => $"'{word}'"))}}) COMP_CWORD={{words.Length - 1}}
            _turkishllm_complete
            echo "${COMPREPLY[*]}"
            """])
        { RedirectStandardOutput = true };
        using var bash = Process.Start(start)!;
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.Trim().Split(' ').Order(StringComparer.Ordinal).Should().Equal(expected.Split(' '));
    }

    [Theory, InlineData("bash"), InlineData("zsh"), InlineData("fish"), InlineData("pwsh")]
    public async Task Every_script_asks_the_program(string shell) =>
        (await CommandLineRunner.Run("completion", shell)).Output.Should().Contain("[suggest:").And.Contain("turkishllm");
}
