using System.Globalization;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Retrieval;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Tests of <c>chat</c> on a terminal and with redirected input.</summary>
[Collection(nameof(NonParallel))]
public sealed class ChatCommandTests : IDisposable
{
    private static readonly string Erp = Path.Combine(ReferenceRun.Fixtures, "erp");

    private const string FirePage = "tr/uretim/fire#fire-kaplari-ve-geri-kazanim";

    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Answers_every_line_of_a_pipe_and_nothing_else_gets_into_the_output()
    {
        var ran = await Chat(Lines("Makara nerede?", "", "  ", "Bobin nerede?"), ScriptedRun.Write(_here.Run, "Iğdır'da."));
        (ran.Code, ran.Output, ran.Errors).Should().Be((ExitCode.Success, "Iğdır'da.\nIğdır'da.\n", ""));
    }

    [Fact]
    public async Task Asks_once_for_scripts()
    {
        var run = ScriptedRun.Write(_here.Run, "Iğdır'da, üç.");
        (await Chat(Lines("not read"), run, "--prompt", "Makara nerede?"))
            .Should()
            .Be(new CommandLineResult(ExitCode.Success, "Iğdır'da, üç.\n", ""));
        (await Chat("", run, "--prompt", "/reset\nMakara nerede?")).Output.Should().Be("Iğdır'da, üç.\n");
        (await Chat("", run, "--prompt", "Makara nerede?", "--stop", ", üç")).Output.Should().Be("Iğdır'da\n");
        (await Chat("", run, "--prompt", "Makara nerede?", "--max-tokens", "2"))
            .Errors.Should()
            .Be("(truncated: the token limit was reached; raise --max-tokens, up to the context length of the " + "model)\n");
    }

    [Fact]
    public async Task A_person_sees_how_much_was_read_and_can_command()
    {
        var run = ScriptedRun.Write(_here.Run, "Iğdır'da.", system: "Kısa yanıt ver.");
        var ran = await Chat(
            Lines(
                "Makara nerede?", "/system", "/system Yalnızca yer söyle.", "/system", "Bobin nerede?", "/help", "/reset",
                "//x nerede?",
                "/quit", "never asked"),
            interactive: true, run);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        var lines = ran.Output.Split('\n');
        lines[0].Should().Be("Ask a question. /help lists the commands; Ctrl+C stops an answer.");
        lines[1].Should().Be("> Iğdır'da.");
        lines[2].Should().MatchRegex(@"^\(\d+ tokens, [\d.k]+ tok/s; \d+ read, \d+ of 160 context tokens used\)$");
        ran.Output.Should()
            .Contain("> Kısa yanıt ver.\n")
            .And.Contain("> The system prompt applies from the next question on.\n> Yalnızca yer söyle.\n")
            .And.Contain("/save FILE    append")
            .And.Contain("> History cleared.\n> Iğdır'da.\n")
            .And.NotContain("never");
    }

    [Fact]
    public async Task Saves_the_chat_behind_other_training_rows()
    {
        var (run, file) = (ScriptedRun.Write(_here.Run, "Iğdır'da."), _here / "chats.jsonl");
        var line = $"/save {file}";
        var ran = await Chat(Lines(line, "/system Kısa.", "Makara nerede?", line, "Bobin nerede?", line), run);
        ran.Errors.Split('\n')
            .Should()
            .Equal(
                "There is nothing to save yet.", "The system prompt applies from the next question on.",
                $"Added 1 exchange to {file}.", $"Added 2 exchanges to {file}.", "");
        ConversationReader.Read(file).Select(row => row.Conversation!.Messages.Count).Should().Equal(3, 5);

        var other = _here.Write("other.jsonl", """{"question": "a", "answer": "b"}""" + "\n");
        (await Chat(Lines("Makara nerede?", $"/save {other}", "/save"), run)).Errors.Should().Be(
            $"Not saved: {other} contains rows of the format Pairs, but conversations are appended as "
                + "messages, one per line. Choose another file.\n/save needs a file: /save chats.jsonl\n");
        File.ReadAllText(other).Should().Be("""{"question": "a", "answer": "b"}""" + "\n");
    }

    [Fact]
    public async Task An_interrupted_answer_is_not_saved()
    {
        var run = ScriptedRun.Write(_here.Run, "Iğdır'da, üç.");
        var ran = await Chat(Lines("Makara nerede?", $"/save {_here / "chats.jsonl"}"), run, "--max-tokens", "2");
        ran.Errors.Should()
            .EndWith(
                "Nothing was saved: every answer is incomplete, and training on incomplete answers teaches the model "
                    + "to stop early.\n");
        File.Exists(_here / "chats.jsonl").Should().BeFalse();
    }

    [Fact]
    public async Task Ctrl_C_stops_an_answer_and_keeps_the_chat()
    {
        // After its first token the model never ends its answer, and half of the context takes long.
        var run = ScriptedRun.Write(_here.Run, [ScriptedModel.Tokenizer.EncodeToIds("k")[0]], contextLength: 2000);
        Func<bool>? pressed = null;
        var presses = new List<string>();
        var output = new CallbackWriter(() =>
        {
            if (pressed?.Invoke() == true) presses.Add("heard");
        });
        var terminal = new ChatTerminal(new StringReader(Lines("Makara nerede?", "/quit")), isInteractive: true, heard =>
        {
            pressed = heard;
            return new CallbackDisposable(() => pressed = null);
        });
        var errors = new StringWriter();
        var code = await CommandLine.RunAsync(
            ["chat", run, "--max-tokens", "1500", "--temperature", "0", "--repetition-penalty", "1.3"],
            output, errors, program: null, terminal, TestContext.Current.CancellationToken);
        (code, errors.ToString(), presses.Count).Should().Be((0, "", 1));
        output.ToString().Should().Contain("(interrupted)").And.Contain("(1 token, ");
    }

    [Fact]
    public async Task Reports_what_was_dropped_and_what_was_truncated()
    {
        var run = ScriptedRun.Write(_here.Run, "Iğdır'da.", contextLength: 60);
        var context = _here.Write(
            "context.txt",
            string.Join(' ', Enumerable.Range(1, 40).Select(i => $"{i}. makara D{i} deposunda.")));
        var ran = await Chat(Lines("Makara nerede?", "Bobin nerede?"), run, "--context", context, "--max-tokens", "10");
        ran.Output.Should().Be("Iğdır'da.\nIğdır'da.\n");
        var lines = ran.Errors.Split('\n');
        lines[0].Should().StartWith($"{context}: 1. makara D1 deposunda. 2. makara").And.EndWith(" …").And.Be(lines[2]);
        lines[1].Should().Be("(the context was too long; its middle was removed)").And.Be(lines[3]);
        lines[4].Should().Be("(the context window no longer holds the first exchange)");

        (await Chat(Lines(string.Join(' ', Enumerable.Repeat("makara", 60)), "Bobin nerede?"), run))
            .Should()
            .Match<CommandLineResult>(result =>
            result.Output == "Iğdır'da.\n"
            && result.Errors.StartsWith("The question has ")
            && result.Errors.EndsWith("Shorten the question.\n"));
    }

    [Fact]
    public async Task Answers_from_the_passages_that_fit_the_question_best()
    {
        var (run, file) = (ScriptedRun.Write(_here.Run, "Iğdır'da.", contextLength: 512), _here / "chats.jsonl");
        var ran = await Chat(
            Lines("Temiz bakır firesi hangi depoya girer?", $"/save {file}", "/reset", "zzz qqq?"), run, "--docs", Erp,
            "--max-tokens", "20", "--passages", "2");
        ran.Output.Should().Be("Iğdır'da.\nIğdır'da.\n");
        var lines = ran.Errors.Split('\n');
        lines[0].Should().StartWith("[1] tr/");
        lines[1].Should().StartWith("[2] tr/");
        lines[..2].Should().ContainSingle(line => line.Contains(FirePage));
        lines[2].Should().StartWith("Added 1 exchange");
        lines[4].Should().Be("(no passage of the documentation matches the question)");

        var asked = ConversationReader.Read(file).Single().Conversation!.Messages[0];
        asked.Text.Should().Be("Temiz bakır firesi hangi depoya girer?");
        asked.Context.Should().HaveCount(2);
        asked.Context.Should().Contain(passage => passage.Contains("D50"));
    }

    [Fact]
    public async Task Shows_the_model_the_context_of_the_training_row_with_the_same_question()
    {
        const string question = "Temiz bakır firesi hangi depoya girer?", answer = "Temiz bakır firesi D50 deposuna girer.";
        var tokenizer = ScriptedModel.Tokenizer;
        var chunks = new ChunkSet(new Chunker(tokenizer).Split(DocumentationReader.Read(Erp)));
        var budget = new RetrievalBudget(ContextLength: 512, Passages: 3, AnswerTokens: 20);
        var builder = new SftBuilder(
            chunks, PassageRetriever.Open(Erp, tokenizer, budget).Passages, tokenizer,
            new() { ValidationShare = 0, RefusalShare = 0, Budget = budget });
        string[] source = [chunks.All.First(chunk => chunk.ChunkId.StartsWith(FirePage, StringComparison.Ordinal)).ChunkId];
        var pair = new QaPair("r01/a:1", "r01/a", QuestionType.Factual, Difficulty.Easy, [new(question, answer)], source);
        var row = builder.Build([new(pair, 1, "m", [], source)]).Rag[false].Single();
        row.Answer.Should().MatchRegex(@"^Temiz bakır firesi D50 deposuna girer\. \[[123]\]$");

        var (run, file) = (ScriptedRun.Write(_here.Run, row.Answer[^9..], contextLength: 512), _here / "chats.jsonl");
        var ran = await Chat(
            Lines(question, $"/save {file}"), run, "--docs", Erp, "--max-tokens", "20", "--system", SftBuilder.RagSystem);
        var messages = ConversationReader.Read(file).Single().Conversation!.Messages;
        messages[1].Context.Should().Equal(row.Context).And.HaveCountGreaterThan(1);
        ran.Errors.Should().Contain($"\nSource: {row.Answer[^3..]} {row.Source}\n");
        ran.Errors.Split('\n').Take(row.Context.Count).Select(line => line.Split(' ')[1])
            .Should().Equal(row.ContextIds.Split(' '));
    }

    [Fact]
    public async Task A_model_with_a_short_context_gets_fewer_passages_and_not_shorter_ones()
    {
        string[] ask = ["--docs", Erp, "--max-tokens", "20", "--prompt", "Temiz bakır firesi hangi depoya girer?"];
        (await Chat("", [ScriptedRun.Write(_here / "long", "Evet.", contextLength: 1000), .. ask]))
            .Errors.Split('\n')
            .Should()
            .HaveCount(4);
        (await Chat("", [ScriptedRun.Write(_here / "short", "Evet.", contextLength: 160), .. ask]))
            .Errors.Should()
            .StartWith("[1] tr/uretim/fire#")
            .And.NotContain("[2]");
        Wrong(await Chat("", [ScriptedRun.Write(_here / "none", "Evet.", contextLength: 40), .. ask]),
            "The model has a context of 40 tokens, which leaves 15 for passages; a passage needs "
                + "at least 16. Use a model with a longer context.");
        Wrong(await Chat("", [_here / "long", .. ask[2..], "--docs", _here / "nowhere"]),
            $"The documentation {_here / "nowhere"} does not exist. Give a file or a folder of *.html, *.htm, *.md, *.txt.");
    }

    [Fact]
    public async Task Chats_with_a_model_that_was_exported()
    {
        var run = ScriptedRun.Write(_here.Run, "Iğdır'da.", system: "Kısa yanıt ver.");
        (await CommandLineRunner.Run("checkpoint", "export", run, _here / "out")).Code.Should().Be(ExitCode.Success);
        var ran = await Chat(Lines("/system", "Makara nerede?"), _here / "out");
        (ran.Code, ran.Output, ran.Errors).Should().Be((ExitCode.Success, "Iğdır'da.\n", "Kısa yanıt ver.\n"));
    }

    [Fact]
    public async Task Says_what_is_wrong_before_anything_is_asked()
    {
        var run = ScriptedRun.Write(_here.Run, "Iğdır'da.", converses: false);
        Wrong(
            await Chat("", run), $"{run}/checkpoints/step-000012 has no chat_template.json: its model was not trained on "
                + "conversations. Fine-tune it first, with a plan such as configs/sft-v1.yaml.");
        Wrong(await Chat("", run, "--prompt", " "), "--prompt is empty; give a question.");
        Wrong(await Chat("", run, "--system", ""), "--system is empty; give a text.");
        Wrong(await Chat("", run, "--stop", ""), "--stop is empty; it would end every answer at once. Give a text.");
        Wrong(await Chat("", run, "--passages", "0"), "--passages is 0; it must be at least 1.");
        Wrong(await Chat("", run, "--device", "gpu"), "--device is gpu; it must be auto, cpu, cuda or cuda:N.");
        Wrong(await Chat("", run, "--context", _here / "none.txt"), $"The context file {_here / "none.txt"} does not exist.");
        Wrong(
            await Chat("", run, "--context", _here.Write("latin.txt", [0xFE, 0xFD])),
            $"{_here / "latin.txt"} is not valid UTF-8: byte 0xFE at offset 0 (line 1). Convert it first, for example: "
            + "iconv -f WINDOWS-1254 -t UTF-8 latin.txt > latin.utf8.txt");
        (await Chat("", run, "--repetition-penalty", "0")).Errors.Should().Contain("repetition_penalty is 0");
        (await Chat(Lines("/sav x"), ScriptedRun.Write(_here / "other", "Evet.")))
            .Errors.Should()
            .Be(
                "Unknown command: /sav. Did you mean \"/save\"? To ask a question that starts with a slash, type two "
                    + "slashes.\n");
    }

    private static string Lines(params string[] lines) => string.Join('\n', lines) + "\n";

    private static void Wrong(CommandLineResult ran, string message) =>
        (ran.Code, ran.Errors.TrimEnd(), ran.Output).Should().Be((ExitCode.InvalidInput, message, ""));

    private static Task<CommandLineResult> Chat(string input, params string[] arguments) =>
        Chat(input, interactive: false, arguments);

    private static async Task<CommandLineResult> Chat(string input, bool interactive, params string[] arguments)
    {
        Thread.CurrentThread.CurrentCulture = CultureInfo.InvariantCulture;
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var code = await CommandLine.RunAsync(
            ["chat", .. arguments],
            output, errors, program: null, new ChatTerminal(new StringReader(input), interactive),
            TestContext.Current.CancellationToken);
        return new((ExitCode)code, output.ToString(), errors.ToString());
    }

    // Presses Ctrl+C as soon as the answer begins to appear.
    private sealed class CallbackWriter(Action press) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value == "k") press();
        }
    }

    private sealed class CallbackDisposable(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
