using System.Diagnostics;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>A chat by lines: questions, and commands that begin with a slash.</summary>
internal sealed class ChatLoop(Display display, TextWriter notes, ChatTerminal terminal, AnsweringModel model, ChatSession session, ChatKnowledge knowledge)
{
    private static readonly (string Name, string Does)[] Commands =
    [
        ("/system TEXT", "sets the task; without a text, shows it"),
        ("/save FILE", "adds the chat to a file of training rows; answers that were broken off are left out"),
        ("/reset", "forgets what was said; the task stays"),
        ("/help", "shows this"),
        ("/quit", "ends the chat, as Ctrl+D does"),
    ];

    private int _left;

    /// <summary>Asks until the lines end.</summary>
    public void Run(CancellationToken cancel)
    {
        if (terminal.IsInteractive) display.Line("Ask something. /help shows the commands; Ctrl+C stops an answer.");
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (terminal.IsInteractive) Write("> ");
            if (terminal.ReadLine() is not { } line) break;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (line.StartsWith('/') && !line.StartsWith("//", StringComparison.Ordinal))
            {
                if (!Obey(line.Trim())) return;
            }
            else AskOrSay(line.StartsWith("//", StringComparison.Ordinal) ? line[1..] : line, cancel);
        }
    }

    /// <summary>Asks once; what was found and what happened is told apart from the answer.</summary>
    public void Ask(string question, CancellationToken cancel)
    {
        var found = knowledge.For(question);
        foreach (var (text, number) in found.Select((text, i) => (text, i + 1)))
            notes.WriteLine(Show.Text($"[{number}] {text.Source}{(text.Score is { } score ? Show.Text($" ({score:F2})") : "")}: {Short(text.Text)}"));
        if (knowledge.Searches && found.All(text => text.Score is null)) notes.WriteLine("(nothing in the documentation fits the question)");
        var (started, before) = (Stopwatch.GetTimestamp(), model.Computed);
        var reply = terminal.Interruptible(stop => session.Ask(question, [.. found.Select(text => text.Text)], Write, stop), cancel);
        display.Line();
        Tell(reply);
        cancel.ThrowIfCancellationRequested();
        if (!terminal.IsInteractive) return;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        display.Line(Show.Text($"({Show.Count(reply.Answer.Ids.Count, "token")}, {Show.Rate(reply.Answer.Ids.Count / seconds)} tok/s; {Show.Count(model.Computed - before)} read, {Show.Count(model.Template.RenderPrompt(reply.Window.Conversation).Count + reply.Answer.Ids.Count)} of {Show.Count(model.ContextLength)} in sight)"));
    }

    // In a chat, a question that cannot be asked is no reason to end.
    private void AskOrSay(string question, CancellationToken cancel)
    {
        try
        {
            Ask(question, cancel);
        }
        catch (InvalidDataException error)
        {
            notes.WriteLine(error.Message);
        }
    }

    private bool Obey(string line)
    {
        var (name, rest) = line.Split((char[]?)null, 2, StringSplitOptions.TrimEntries) is [var word, var more] ? (word, more) : (line, "");
        switch (name)
        {
            case "/quit" or "/exit":
                return false;
            case "/help":
                display.Table(["command", "what it does"], Commands.Select(command => (IReadOnlyList<string>)[command.Name, command.Does]));
                break;
            case "/reset":
                session.Reset();
                _left = 0;
                notes.WriteLine("Forgotten.");
                break;
            case "/system" when rest.Length == 0:
                notes.WriteLine(session.System ?? model.Template.System ?? "There is no task.");
                break;
            case "/system":
                session.System = rest;
                notes.WriteLine("The task holds from the next question on.");
                break;
            case "/save" when rest.Length == 0:
                notes.WriteLine("/save needs a file: /save chats.jsonl");
                break;
            case "/save":
                Save(rest);
                break;
            default:
                notes.WriteLine($"There is no command {name}.{ClosestWord.Advice(name, [.. Commands.Select(command => command.Name.Split(' ')[0])])} A question that begins with a slash is typed with two.");
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
            var broken = session.Exchanges.Count(exchange => !exchange.IsWhole);
            notes.WriteLine($"Added {Show.Count(session.Exchanges.Count - broken, "exchange")} to {file}.{(broken == 0 ? "" : $" {Show.Count(broken)} more, whose answers were broken off, are left out.")}");
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            notes.WriteLine($"Not saved: {error.Message}");
        }
    }

    private void Tell(ChatReply reply)
    {
        var answer = reply.Answer;
        if (string.IsNullOrWhiteSpace(answer.Text)) notes.WriteLine("(no answer; the question is forgotten)");
        if (answer.ToolCall is { } call) notes.WriteLine($"(asks a tool, and there is none here: {call})");
        var why = answer.Ending switch
        {
            AnswerEnding.Length => "(broken off: there was no room for more; --max-tokens gives some, up to the length of the model)",
            AnswerEnding.Interrupted => "(interrupted)",
            AnswerEnding.OtherTurn => "(ended where the model began to speak for somebody else)",
            AnswerEnding.ControlToken => "(ended at a control token that has no place in an answer)",
            _ => null,
        };
        if (why is not null) notes.WriteLine(why);
        if (reply.Window.ContextIsCut) notes.WriteLine("(the context was too long; its middle was left out)");
        if (reply.Window.Left > _left) notes.WriteLine($"(the model does not see the first {(reply.Window.Left == 1 ? "exchange" : Show.Count(reply.Window.Left, "exchange"))} any more)");
        _left = reply.Window.Left;
    }

    private void Write(string piece)
    {
        display.Output.Write(piece);
        display.Output.Flush();
    }

    private static string Short(string text)
    {
        const int most = 100;
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= most ? line : line[..most].TrimEnd() + " …";
    }
}
