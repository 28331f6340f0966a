using System.Diagnostics;
using FluentAssertions;
using TurkishLlm.Extensions;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Tests.Unit.Cli;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>Servers of tools that are good, crash, hang, flood and send nonsense.</summary>
public sealed class McpServerTests : IDisposable
{
    // Answers requests line by line; what it does when a tool is called follows.
    private const string Server = """
        reply() { echo '{"jsonrpc":"2.0","id":'"$id"',"result":'"$1"'}'; }
        echo "starting $0" >&2
        while read -r line; do
          id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9][0-9]*\).*/\1/p')
          case "$line" in
            *'"initialize"'*)
              reply '{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"t","version":"1"}}' ;;
            *'"tools/list"'*)
              schema='{"type":"object","properties":{"depo":{"type":"string"}}}'
              reply '{"tools":[{"name":"stok","description":"Stok verir.","inputSchema":'"$schema"'}]}' ;;
            *'"tools/call"'*)
              CALL ;;
            *'"id"'*) echo '{"jsonrpc":"2.0","id":'"$id"',"error":{"code":-32601,"message":"unknown"}}' ;;
          esac
        done
        """;

    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Tools_of_a_server_are_called_and_the_process_ends_with_them()
    {
        SkipWithoutShell();
        await using var log = new StringWriter();
        int process;
        await using (var server = await StartAsync(
            """reply '{"content":[{"type":"text","text":"5 '"$(printf %s "$line" | grep -c '"depo":"D50"')"' '$$'"}]}' """, log))
        {
            server.Tools.Should().ContainSingle().Which.Should().Match<ITool>(tool =>
                tool.Name == "stok" && tool.Description == "Stok verir."
                && tool.ArgumentSchema == """{"type":"object","properties":{"depo":{"type":"string"}}}""");
            var run = await CallAsync(server, TimeSpan.FromSeconds(30));
            run.Outcome.Should().Be(ToolOutcome.Completed);
            run.Output.Should().StartWith("5 1 ");
            process = int.Parse(run.Output.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
        }
        log.ToString().Should().Contain("starting");
        FluentActions.Invoking(() => Process.GetProcessById(process)).Should().Throw<ArgumentException>("it has ended");
    }

    [Theory]
    [InlineData("exit 3", ToolOutcome.Failed)]
    [InlineData("sleep 60", ToolOutcome.TimedOut)]
    [InlineData("echo '{\"jsonrpc\":'; echo nonsense; sleep 60", ToolOutcome.TimedOut)]
    [InlineData("reply '{\"content\":5}'", ToolOutcome.Failed)]
    [InlineData("reply '{\"content\":[{\"type\":\"text\",\"text\":\"depo yok\"}],\"isError\":true}'", ToolOutcome.Failed)]
    [InlineData("head -c 9000000 /dev/zero | tr '\\0' a; sleep 60", ToolOutcome.Failed)]
    [InlineData("kill -9 $$", ToolOutcome.Failed)]
    public async Task A_server_that_misbehaves_is_an_output_and_the_next_answer_comes(string call, ToolOutcome outcome)
    {
        SkipWithoutShell();
        await using var server = await StartAsync(call, TextWriter.Null);
        var limit = outcome == ToolOutcome.TimedOut ? TimeSpan.FromMilliseconds(300) : TimeSpan.FromSeconds(60);
        var run = await CallAsync(server, limit);
        (run.Outcome, run.Output.StartsWith("Hata: ", StringComparison.Ordinal)).Should().Be((outcome, true), run.Output);
        // A second call ends too, whether the server has died or hangs.
        (await CallAsync(server, TimeSpan.FromSeconds(1))).Outcome.Should().BeOneOf(ToolOutcome.Failed, ToolOutcome.TimedOut);
    }

    [Theory]
    [InlineData("exit 1")]
    [InlineData("echo 'no key' >&2; sleep 60")]
    [InlineData("yes nonsense")]
    public async Task A_server_that_does_not_start_is_an_error_with_what_it_wrote(string script)
    {
        SkipWithoutShell();
        var watch = Stopwatch.StartNew();
        var error = await FluentActions.Awaiting(() => McpServer.StartAsync(
            ["/bin/sh", "-c", script], TimeSpan.FromSeconds(2), TextWriter.Null, TimeProvider.System, Cancel))
            .Should().ThrowAsync<InvalidDataException>();
        error.WithMessage($"The MCP server \"/bin/sh -c {script.Replace("*", "?", StringComparison.Ordinal)}\" did not start: *");
        if (script.Contains("key", StringComparison.Ordinal))
            error.WithMessage("*it did not answer in 2 seconds. Its standard error ends with:\nno key");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task A_program_that_does_not_exist_is_an_error()
    {
        (await FluentActions.Awaiting(() => McpServer.StartAsync(
            [_here / "none"], TimeSpan.FromSeconds(2), TextWriter.Null, TimeProvider.System, Cancel))
            .Should().ThrowAsync<InvalidDataException>()).WithMessage("The MCP server * cannot be started: *Check the path*");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static void SkipWithoutShell() => Assert.SkipUnless(File.Exists("/bin/sh"), "There is no /bin/sh.");

    private async Task<McpServer> StartAsync(string call, TextWriter log)
    {
        _here.Write("server.sh", Server.Replace("CALL", call, StringComparison.Ordinal));
        return await McpServer.StartAsync(
            ["/bin/sh", _here / "server.sh"], TimeSpan.FromSeconds(60), log, TimeProvider.System, Cancel);
    }

    private static async Task<ToolRun> CallAsync(McpServer server, TimeSpan limit)
    {
        var tokenizer = ScriptedModel.Tokenizer;
        var loop = new ToolLoop(
            new(server.Tools), new ChatTemplate(tokenizer), tokenizer, 1000, new() { Timeout = limit }, TimeProvider.System);
        var turns = 0;
        var answer = await loop.RunAsync(
            new(ChatMessage.User("Kaç?")), 12,
            (_, _) => Task.FromResult(turns++ == 0
                ? new Answer("", FinishReason.EndOfTurn, []) { ToolCall = """{"name":"stok","arguments":{"depo":"D50"}}""" }
                : new Answer("Beş.", FinishReason.EndOfTurn, [])),
            Cancel);
        answer.Answer.Text.Should().Be("Beş.");
        return answer.Runs.Single();
    }
}
