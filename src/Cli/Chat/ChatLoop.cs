using System.Diagnostics;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Chat;

/// <summary>A chat by lines: questions, and commands that begin with a slash.</summary>
internal sealed class ChatLoop(Display display, TextWriter notes, ChatTerminal terminal, ChatModel model, ChatSession session, ContextRetriever retriever)
{
    private static readonly (string Name, string Does)[] Commands =
    [
        ("/system TEXT", "sets the task; without a text, shows it"),
        ("/save FILE", "adds the chat to a file of training rows; answers that were broken off are left out"),
        ("/reset", "forgets what was said; the task stays"),
        ("/help", "shows this"),
        ("/quit", "ends the chat, as Ctrl+D does"),
    ];

    private int _droppedExchanges;

    /// <summary>Asks until the lines end.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        if (terminal.IsInteractive) display.WriteLine("Ask something. /help shows the commands; Ctrl+C stops an answer.");
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

    /// <summary>Asks once; what was found and what happened is told apart from the answer.</summary>
    public void Ask(string question, CancellationToken cancellationToken)
    {
        var found = retriever.Retrieve(question);
        foreach (var (text, number) in found.Select((text, i) => (text, i + 1)))
            notes.WriteLine(Format.Invariant($"[{number}] {text.Source}{(text.Score is { } score ? Format.Invariant($" ({score:F2})") : "")}: {Truncate(text.Text)}"));
        if (retriever.HasPassages && found.All(text => text.Score is null)) notes.WriteLine("(nothing in the documentation fits the question)");
        var (started, before) = (Stopwatch.GetTimestamp(), model.ProcessedTokens);
        var reply = terminal.RunInterruptible(stop => session.Ask(question, [.. found.Select(text => text.Text)], Write, stop), cancellationToken);
        display.WriteLine();
        Report(reply);
        cancellationToken.ThrowIfCancellationRequested();
        if (!terminal.IsInteractive) return;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        display.WriteLine(Format.Invariant($"({Format.Count(reply.Answer.TokenIds.Count, "token")}, {Format.Rate(reply.Answer.TokenIds.Count / seconds)} tok/s; {Format.Count(model.ProcessedTokens - before)} read, {Format.Count(model.Template.RenderPrompt(reply.Window.Conversation).Count + reply.Answer.TokenIds.Count)} of {Format.Count(model.ContextLength)} in sight)"));
    }

    // In a chat, a question that cannot be asked is no reason to end.
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
        var (name, rest) = line.Split((char[]?)null, 2, StringSplitOptions.TrimEntries) is [var word, var more] ? (word, more) : (line, "");
        switch (name)
        {
            case "/quit" or "/exit":
                return false;
            case "/help":
                display.WriteTable(["command", "what it does"], Commands.Select(command => (IReadOnlyList<string>)[command.Name, command.Does]));
                break;
            case "/reset":
                session.Reset();
                _droppedExchanges = 0;
                notes.WriteLine("Forgotten.");
                break;
            case "/system" when rest.Length == 0:
                notes.WriteLine(session.SystemPrompt ?? model.Template.System ?? "There is no task.");
                break;
            case "/system":
                session.SystemPrompt = rest;
                notes.WriteLine("The task holds from the next question on.");
                break;
            case "/save" when rest.Length == 0:
                notes.WriteLine("/save needs a file: /save chats.jsonl");
                break;
            case "/save":
                Save(rest);
                break;
            default:
                notes.WriteLine($"There is no command {name}.{SpellingSuggestions.FormatHint(name, [.. Commands.Select(command => command.Name.Split(' ')[0])])} A question that begins with a slash is typed with two.");
                break;
        }
        return true;
    }

    private void Save(string file)
    {
        if (session.ToConversation() is not { } conversation)
        {
            notes.WriteLine(session.Exchanges.Count == 0 ? "There is nothing to save yet." : "Every answer was broken off; learned from, they would teach to break off. Nothing was saved.");
            return;
        }
        try
        {
            ConversationWriter.Append(file, conversation);
            var broken = session.Exchanges.Count(exchange => !exchange.IsComplete);
            notes.WriteLine($"Added {Format.Count(session.Exchanges.Count - broken, "exchange")} to {file}.{(broken == 0 ? "" : $" {Format.Count(broken)} more, whose answers were broken off, are left out.")}");
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            notes.WriteLine($"Not saved: {error.Message}");
        }
    }

    private void Report(ChatReply reply)
    {
        var answer = reply.Answer;
        if (string.IsNullOrWhiteSpace(answer.Text)) notes.WriteLine("(no answer; the question is forgotten)");
        if (answer.ToolCall is { } call) notes.WriteLine($"(asks a tool, and there is none here: {call})");
        var why = answer.FinishReason switch
        {
            FinishReason.Length => "(broken off: there was no room for more; --max-tokens gives some, up to the length of the model)",
            FinishReason.Cancelled => "(interrupted)",
            FinishReason.OtherTurn => "(ended where the model began to speak for somebody else)",
            FinishReason.ControlToken => "(ended at a control token that has no place in an answer)",
            _ => null,
        };
        if (why is not null) notes.WriteLine(why);
        if (reply.Window.IsContextTruncated) notes.WriteLine("(the context was too long; its middle was left out)");
        if (reply.Window.DroppedExchanges > _droppedExchanges) notes.WriteLine($"(the model does not see the first {(reply.Window.DroppedExchanges == 1 ? "exchange" : Format.Count(reply.Window.DroppedExchanges, "exchange"))} any more)");
        _droppedExchanges = reply.Window.DroppedExchanges;
    }

    private void Write(string text)
    {
        display.Output.Write(text);
        display.Output.Flush();
    }

    private static string Truncate(string text)
    {
        const int most = 100;
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= most ? line : line[..most].TrimEnd() + " …";
    }
}
