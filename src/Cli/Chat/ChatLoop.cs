using System.Diagnostics;
using System.Text.Json;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Chat;

/// <summary>Interactive chat: reads questions and slash commands line by line.</summary>
internal sealed class ChatLoop(
    Display display, TextWriter notes, ChatTerminal terminal, ChatModel model, ChatSession session, ContextRetriever retriever)
{
    private static readonly (string Name, string Does)[] Commands =
    [
        ("/system TEXT", "set the system prompt; without TEXT, show it"),
        ("/save FILE", "append the chat to a file of training examples; incomplete answers are skipped"),
        ("/reset", "clear the chat history; the system prompt stays"),
        ("/help", "show this list"),
        ("/quit", "end the chat (also Ctrl+D)"),
    ];

    private int _droppedExchanges;

    /// <summary>True to write each answer as a JSON object in one line instead of its text.</summary>
    public bool WritesJson { get; init; }

    /// <summary>Answers questions until the input ends.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        if (terminal.IsInteractive) display.WriteLine("Ask a question. /help lists the commands; Ctrl+C stops an answer.");
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (terminal.IsInteractive) Write("> ");
            if (terminal.ReadLine() is not { } line) break;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (line.StartsWith('/') && !line.StartsWith("//", StringComparison.Ordinal))
            {
                if (!RunCommand(line.Trim())) return;
            }
            else AskOrReport(line.StartsWith("//", StringComparison.Ordinal) ? line[1..] : line, cancellationToken);
        }
    }

    /// <summary>Answers one question; retrieved passages and notes go to the notes writer.</summary>
    public void Ask(string question, CancellationToken cancellationToken)
    {
        var found = retriever.Retrieve(question, session.FullSystemPrompt);
        foreach (var text in found)
        {
            var score = text.Score is { } value ? Format.Invariant($" ({value:F2})") : "";
            var line = $"{text.Source}{score}: {Truncate(text.Passage)}";
            notes.WriteLine(text.Number is { } number ? Citation.Number(number, line) : line);
        }
        if (retriever.HasPassages && found.All(text => text.Score is null))
            notes.WriteLine("(no passage of the documentation matches the question)");
        var (started, before) = (Stopwatch.GetTimestamp(), model.ProcessedTokens);
        var reply = terminal.RunInterruptible(
            stop => session.Ask(question, [.. found.Select(text => text.Text)], WritesJson ? null : Write, stop),
            cancellationToken);
        if (WritesJson) WriteJson(question, found, reply);
        else display.WriteLine();
        foreach (var run in reply.Tools.Runs)
        {
            var name = run.Name.Length == 0 ? "unreadable call" : run.Name;
            notes.WriteLine($"Tool: {name} {Truncate(run.Arguments)} → {Truncate(run.Output)}");
        }
        foreach (var (number, source) in retriever.FindCited(reply.Answer.Text))
            notes.WriteLine(Format.Invariant($"Source: [{number}] {source}"));
        Report(reply);
        cancellationToken.ThrowIfCancellationRequested();
        if (!terminal.IsInteractive) return;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var count = reply.Tools.GeneratedTokens;
        var used = model.Template.RenderPrompt(reply.Tools.Conversation).Count + reply.Answer.TokenIds.Count;
        display.WriteLine(
            $"({Format.Count(count, "token")}, {Format.Rate(count / seconds)} tok/s; "
                + $"{Format.Count(model.ProcessedTokens - before)} read, "
                + $"{Format.Count(used)} of {Format.Count(model.ContextLength)} context tokens used)");
    }

    // A question that does not fit must not end the chat.
    private void AskOrReport(string question, CancellationToken cancellationToken)
    {
        try
        {
            Ask(question, cancellationToken);
        }
        catch (InvalidDataException error)
        {
            notes.WriteLine(error.Message);
        }
    }

    private bool RunCommand(string line)
    {
        var (name, rest) = line.Split((char[]?)null, 2, StringSplitOptions.TrimEntries) is [var word, var more]
            ? (word, more)
            : (line, "");
        switch (name)
        {
            case "/quit" or "/exit":
                return false;
            case "/help":
                display.WriteTable(
                    ["command", "description"],
                    Commands.Select(command => (IReadOnlyList<string>)[command.Name, command.Does]));
                break;
            case "/reset":
                session.Reset();
                retriever.Reset();
                _droppedExchanges = 0;
                notes.WriteLine("History cleared.");
                break;
            case "/system" when rest.Length == 0:
                notes.WriteLine(session.FullSystemPrompt ?? model.Template.System ?? "There is no system prompt.");
                break;
            case "/system":
                session.SystemPrompt = rest;
                notes.WriteLine("The system prompt applies from the next question on.");
                break;
            case "/save" when rest.Length == 0:
                notes.WriteLine("/save needs a file: /save chats.jsonl");
                break;
            case "/save":
                Save(rest);
                break;
            default:
                notes.WriteLine(
                    $"Unknown command: {name}."
                        + $"{SpellingSuggestions.FormatHint(name, [.. Commands.Select(command => command.Name.Split(' ')[0])])} "
                        + "To ask a question that starts with a slash, type two slashes.");
                break;
        }
        return true;
    }

    private void Save(string file)
    {
        if (session.ToConversation() is not { } conversation)
        {
            notes.WriteLine(
                session.Exchanges.Count == 0
                    ? "There is nothing to save yet."
                    : "Nothing was saved: every answer is incomplete, and training on incomplete answers teaches the "
                        + "model to stop early.");
            return;
        }
        try
        {
            ConversationWriter.Append(file, conversation);
            var broken = session.Exchanges.Count(exchange => !exchange.IsComplete);
            notes.WriteLine(
                $"Added {Format.Count(session.Exchanges.Count - broken, "exchange")} to {file}."
                    + $"{(broken == 0 ? "" : $" Skipped {Format.Count(broken)} with incomplete answers.")}");
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            notes.WriteLine($"Not saved: {error.Message}");
        }
    }

    private void Report(ChatReply reply)
    {
        var answer = reply.Answer;
        if (string.IsNullOrWhiteSpace(answer.Text)) notes.WriteLine("(no answer; the question was removed from the history)");
        if (answer.ToolCall is { } call) notes.WriteLine($"({DescribeUnrun(reply.Tools.Ending)}: {Truncate(call)})");
        var why = answer.FinishReason switch
        {
            FinishReason.Length => "(truncated: the token limit was reached; raise --max-tokens, up to the context length of the "
                + "model)",
            FinishReason.Cancelled => "(interrupted)",
            FinishReason.OtherTurn => "(stopped: the model started another speaker's turn)",
            FinishReason.ControlToken => "(stopped at an unexpected control token)",
            _ => null,
        };
        if (why is not null) notes.WriteLine(why);
        if (reply.Window.IsContextTruncated) notes.WriteLine("(the context was too long; its middle was removed)");
        if (reply.Window.DroppedExchanges > _droppedExchanges)
            notes.WriteLine(
                "(the context window no longer holds the first "
                    + (reply.Window.DroppedExchanges == 1
                        ? "exchange"
                        : Format.Count(reply.Window.DroppedExchanges, "exchange"))
                    + ")"
            );
        _droppedExchanges = reply.Window.DroppedExchanges;
    }

    private static string DescribeUnrun(ToolEnding ending) => ending switch
    {
        ToolEnding.CallCut => "the tool call was cut off and did not run",
        ToolEnding.Canceled => "the tool call was interrupted",
        ToolEnding.TooManyCalls => "the model calls tools again and again; raise --max-tool-calls if it needs more",
        ToolEnding.ContextFull => "the context has no room for the output of a tool, which did not run",
        _ => "the model calls a tool, but no tool is available; offer tools with --tools",
    };

    private void WriteJson(string question, IReadOnlyList<RetrievedText> found, ChatReply reply) => WriteJson(
        question, found, reply.Answer,
        reply.Tools.Runs.Select(run => new
        {
            run.Name, run.Arguments, run.Output, Outcome = JsonNamingPolicy.SnakeCaseLower.ConvertName(run.Outcome.ToString()),
        }),
        reply.Tools.GeneratedTokens);

    private void WriteJson(
        string question, IReadOnlyList<RetrievedText> found, Answer answer, IEnumerable<object> runs, int tokens) =>
        JsonOutput.WriteLine(display.Output, new
        {
            Question = question,
            Answer = answer.Text,
            Sources = found.Select(text => text.Source),
            Citations = retriever.FindCited(answer.Text).Select(cited => cited.Source),
            Tokens = tokens,
            FinishReason = JsonNamingPolicy.SnakeCaseLower.ConvertName(answer.FinishReason.ToString()),
            answer.ToolCall,
            ToolRuns = runs,
        });

    private void Write(string text)
    {
        display.Output.Write(text);
        display.Output.Flush();
    }

    private static string Truncate(string text)
    {
        const int most = 100;
        // Control characters of a tool's output could command the terminal.
        var visible = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
        var line = string.Join(' ', visible.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= most ? line : line[..most].TrimEnd() + " …";
    }
}
