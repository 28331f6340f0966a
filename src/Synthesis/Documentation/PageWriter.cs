using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Builds a page block by block, in the form of <see cref="ReadableText"/>.</summary>
/// <param name="hasReplacements">
/// True if the source has replacement characters (U+FFFD). Otherwise those that a parser put in place of an invalid character
/// reference are removed.
/// </param>
internal sealed class PageWriter(bool hasReplacements)
{
    private readonly StringBuilder _text = new();
    private readonly List<PageBlock> _blocks = [];

    /// <summary>Adds a block unless its text is empty.</summary>
    public void Add(BlockKind kind, string text, int level = 0, string anchor = "", IReadOnlyList<string>? links = null)
    {
        text = ReadableText.Create(RemoveReplacements(text)).TrimEnd();
        if (text.Length == 0) return;
        _blocks.Add(new(kind, _text.Length, text.Length + 2, level, anchor, links ?? []));
        _text.Append(text).Append("\n\n");
    }

    /// <summary>Returns a text of the metadata on one line.</summary>
    public string Clean(string text) =>
        string.Join(
            ' ',
            ReadableText.Create(RemoveReplacements(text)).Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));

    public Page ToPage(string document)
    {
        var text = _text.ToString();
        var first = _blocks.Find(block => block.Kind == BlockKind.Heading);
        var title = first is null
            ? Path.GetFileNameWithoutExtension(document)
            : text.AsSpan(first.Start, first.Length).Trim().TrimStart('#').Trim().ToString();
        return new(document, title, text, _blocks);
    }

    private string RemoveReplacements(string text) =>
        hasReplacements ? text : text.Replace("\uFFFD", "", StringComparison.Ordinal);
}
