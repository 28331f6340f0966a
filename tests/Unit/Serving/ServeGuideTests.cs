using System.Diagnostics;
using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Cli;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>The examples of docs/guide/serve.md do what the page says.</summary>
[Collection(nameof(NonParallel))]
public sealed class ServeGuideTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "serve.md"));

    [Theory, InlineData("OpenAIClient"), InlineData("LocalChat")]
    public void The_page_shows_a_sample_as_it_is_in_at_most_15_lines(string sample)
    {
        var program = File.ReadAllText(Path.Combine(Repository.Root, "samples", sample, "Program.cs"));
        Page.Should().Contain($"```csharp\n{program}```");
        program.Split('\n').Should().HaveCountLessThanOrEqualTo(16);
    }

    [Fact]
    public async Task The_client_of_OpenAI_prints_the_answer()
    {
        await using var server = await TestServer.StartAsync(FakeDecoder.Saying(ScriptedModel.Tokenizer, "Iğdır'da, üç."));
        Run("dotnet", Sample("OpenAIClient"), new Uri(server.Address, "v1").ToString(), "Makara nerede?")
            .Should().Be("Iğdır'da, üç.\n");
    }

    [Fact]
    public async Task The_command_for_curl_gets_the_answer()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed.");
        await using var server = await TestServer.StartAsync(FakeDecoder.Saying(ScriptedModel.Tokenizer, "Iğdır'da, üç."));
        var command = Regex.Match(Page, @"^curl http.*?\n```", RegexOptions.Multiline | RegexOptions.Singleline).Value[..^4]
            .Replace("http://127.0.0.1:8080/", server.Address.ToString(), StringComparison.Ordinal);
        Run("/bin/sh", "-c", command.Replace("curl ", "/usr/bin/curl -sS ", StringComparison.Ordinal))
            .Should().Contain("\"content\":\"Iğdır'da, üç.\"");
    }

    [Fact]
    public async Task The_chat_in_process_prints_the_answers()
    {
        using var here = new TestWorkspace();
        var run = ScriptedRun.Write(here.Run, [.. ScriptedModel.Tokenizer.EncodeToIds("Evet."), SpecialTokens.EndOfTurn]);
        (await CommandLineRunner.Run("checkpoint", "export", run, here / "model")).Code.Should().Be(ExitCode.Success);
        Run("dotnet", Sample("LocalChat"), here / "model", "Makara var mı?", "Kablo var mı?").Should().Be("Evet.\nEvet.\n");
    }

    private static string Sample(string name) => Path.Combine(AppContext.BaseDirectory, $"{name}.dll");

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.Should().Be(0);
        return output;
    }
}
