using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Builds a page block by block.</summary>
internal sealed class PageWriter
{
    private readonly StringBuilder _text = new();
    private readonly List<PageBlock> _blocks = [];

    /// <summary>Adds a block unless its text is empty.</summary>
    public void Add(BlockKind kind, string text, int level = 0, string anchor = "", IReadOnlyList<string>? links = null)
    {
        text = TextNormalizer.ToNfc(text).TrimEnd();
        if (text.Length == 0) return;
        _blocks.Add(new(kind, _text.Length, text.Length + 2, level, anchor, links ?? []));
        _text.Append(text).Append("\n\n");
    }

    public Page ToPage(string document)
    {
        var text = _text.ToString();
        var first = _blocks.Find(block => block.Kind == BlockKind.Heading);
        var title = first is null
            ? Path.GetFileNameWithoutExtension(document)
            : text.AsSpan(first.Start, first.Length).Trim().TrimStart('#').Trim().ToString();
        return new(document, title, text, _blocks);
    }
}
