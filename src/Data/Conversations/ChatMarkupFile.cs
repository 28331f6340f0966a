using TurkishLlm.Files;

namespace TurkishLlm.Data.Conversations;

/// <summary>Text files with markup of conversations.</summary>
internal static class ChatMarkupFile
{
    /// <summary>Returns true for text that is no JSON: it begins with markup, or has the name of a text file.</summary>
    public static bool IsMarkup(string file)
    {
        FileContent.RefusePlaceholder(file);
        var start = JsonLayoutDetector.ReadStart(file);
        return start == "<|" || (HasTextName(file) && start is not (['{', ..] or ['[', ..]));
    }

    public static IEnumerable<ConversationRow> Read(string file, Action<string>? onSkipped) =>
        ChatMarkupFormat.Split(file, TextFile.ReadAllText(file))
            .Select((part, ordinal) => (Row: part.Row with { Ordinal = ordinal }, part.Text))
            .SelectMany(part => RowSkipper.ReadOne(() => ChatMarkupFormat.Read(part.Row, part.Text), onSkipped));

    private static bool HasTextName(string file) =>
        file.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".chatml", StringComparison.OrdinalIgnoreCase);
}
