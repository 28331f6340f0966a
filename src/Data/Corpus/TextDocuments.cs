using System.Buffers;
using System.Text;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads the documents of a text file, which blank lines separate.</summary>
internal sealed class TextDocuments : CorpusFileReader
{
    private readonly CorpusContent _content;
    private readonly TextLines _lines;
    private readonly ArrayBufferWriter<byte> _document = new();

    /// <param name="file">The file.</param>
    /// <param name="policy">Whether documents that are not UTF-8 are errors.</param>
    /// <param name="content">Its content; disposed with the reader.</param>
    public TextDocuments(CorpusFile file, InvalidText policy, CorpusContent content) : base(file)
    {
        _content = content;
        _lines = new(content.Text, file.Path, policy, "Separate the documents of the file with blank lines.");
    }

    public override long Position => _content.Source.Position;

    public override void Dispose() => _content.Dispose();

    protected override RawDocument? Read()
    {
        _document.ResetWrittenCount();
        var (firstLine, invalidAt) = (0L, (long?)null);
        while (_lines.Read() is { } line)
        {
            if (IsBlank(line.Span))
            {
                if (_document.WrittenCount > 0) break;
                continue;
            }
            invalidAt ??= _lines.InvalidAt;
            var text = line.Span;
            if (_document.WrittenCount > 0) _document.Write("\n"u8);
            else
            {
                firstLine = _lines.Number;
                // The mark of a file that was appended to another.
                if (text.StartsWith(Encoding.UTF8.Preamble)) text = text[3..];
            }
            _document.Write(text);
            if (_document.WrittenCount > TextLines.MaximumBytes) throw _lines.CreateTooLongException(firstLine);
        }
        return _document.WrittenCount == 0
            ? null
            : new(_document.WrittenSpan.ToArray(), File.Path, firstLine, IsText: invalidAt is null, invalidAt);
    }

    protected override string ComputeDigest() => _content.Source.Complete();

    protected override string DescribeEmpty() => _lines.Offset == 0 ? "empty" : "only blank lines";

    private static bool IsBlank(ReadOnlySpan<byte> line)
    {
        while (!line.IsEmpty)
        {
            Rune.DecodeFromUtf8(line, out var rune, out var length);
            if (!Rune.IsWhiteSpace(rune)) return false;
            line = line[length..];
        }
        return true;
    }
}
