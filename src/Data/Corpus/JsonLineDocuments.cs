using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads the documents of JSON lines: one row, one document.</summary>
internal sealed class JsonLineDocuments : CorpusFileReader
{
    private readonly InvalidText _policy;
    private readonly CorpusContent _content;
    private readonly TextLines _lines;
    private readonly TextField _field;

    /// <param name="file">The file.</param>
    /// <param name="policy">Whether rows without text are errors.</param>
    /// <param name="content">Its content; disposed with the reader.</param>
    public JsonLineDocuments(CorpusFile file, InvalidText policy, CorpusContent content) : base(file)
    {
        (_policy, _content, _field) = (policy, content, new(file.TextField));
        _lines = new(content.Text, file.Path, policy, "Write one row per line.");
    }

    public override long Position => _content.Source.Position;

    protected override FileKind? Rows => FileKind.JsonLines;

    public override void Dispose() => _content.Dispose();

    protected override RawDocument? Read()
    {
        var offset = _lines.Offset;
        for (; _lines.Read() is { } line; offset = _lines.Offset)
        {
            if (line.Span.Trim(" \t"u8).IsEmpty) continue;
            if (_lines.InvalidAt is { } invalid) return new(line.ToArray(), File.Path, _lines.Number, IsText: false, invalid);
            try
            {
                var location = FormattableString.Invariant($"{File.Path}:{_lines.Number}");
                using var row = StrictJson.Parse(line, location);
                return new(_field.Read(row.RootElement, location), File.Path, _lines.Number, IsText: true);
            }
            catch (InvalidDataException) when (_policy == InvalidText.SkipDocument)
            {
                return new(line.ToArray(), File.Path, _lines.Number, IsText: false, offset);
            }
        }
        return null;
    }

    protected override string ComputeDigest() => _content.Source.Complete();

    protected override string DescribeEmpty() => "only blank lines";
}
