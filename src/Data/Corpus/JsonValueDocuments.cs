using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads the documents of one JSON list, or of objects that span lines: one value, one document.</summary>
internal sealed class JsonValueDocuments : CorpusFileReader
{
    private readonly InvalidText _policy;
    private readonly CorpusContent _content;
    private readonly TextField _field;
    private readonly IEnumerator<(JsonElement Value, string Location)> _rows;
    private long _row;

    /// <param name="file">The file.</param>
    /// <param name="policy">Whether rows without text are errors.</param>
    /// <param name="content">Its content; disposed with the reader.</param>
    public JsonValueDocuments(CorpusFile file, InvalidText policy, CorpusContent content) : base(file)
    {
        (_policy, _content, _field) = (policy, content, new(file.TextField));
        _rows = JsonValues.Read(content, file.Path).GetEnumerator();
    }

    public override long Position => _content.Source.Position;

    protected override FileKind? Rows => FileKind.Json;

    public override void Dispose()
    {
        _rows.Dispose();
        _content.Dispose();
    }

    protected override RawDocument? Read()
    {
        if (!_rows.MoveNext()) return null;
        _row++;
        try
        {
            JsonValues.RefuseHalfSurrogates(_rows.Current.Value, _rows.Current.Location);
            return new(_field.Read(_rows.Current.Value, _rows.Current.Location), File.Path, _row, IsText: true);
        }
        catch (InvalidDataException) when (_policy == InvalidText.SkipDocument)
        {
            return new(JsonValues.GetUtf8(_rows.Current.Value), File.Path, _row, IsText: false);
        }
    }

    protected override string ComputeDigest() => _content.Source.Complete();

    protected override string DescribeEmpty() => "an empty list";
}
