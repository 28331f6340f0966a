using System.Text;
using System.Text.Unicode;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads the documents of a Parquet table: one row, one document. One row group at a time is in memory.</summary>
internal sealed class ParquetDocuments : CorpusFileReader
{
    private readonly InvalidText _policy;
    private readonly ParquetFile _table;
    private readonly string _column;
    private byte[]?[] _texts = [];
    private int _group, _at;
    private long _row;

    /// <param name="file">The file.</param>
    /// <param name="policy">Whether rows without text are errors.</param>
    public ParquetDocuments(CorpusFile file, InvalidText policy) : base(file)
    {
        _policy = policy;
        _table = new(file.Path);
        try
        {
            _column = new TextField(file.TextField).Choose(_table.Columns, file.Path);
        }
        catch
        {
            _table.Dispose();
            throw;
        }
    }

    public override long Position =>
        _group == _table.GroupCount && _at == _texts.Length ? File.Bytes : File.Bytes * _group / (_table.GroupCount + 1);

    protected override FileKind? Rows => FileKind.Parquet;

    public override void Dispose() => _table.Dispose();

    protected override RawDocument? Read()
    {
        while (_at == _texts.Length)
        {
            if (_group == _table.GroupCount) return null;
            (_texts, _at) = (_table.ReadTexts(_group, _column), 0);
            _group++;
        }
        var text = _texts[_at];
        _texts[_at++] = null;
        _row++;
        try
        {
            return new(Check(text, FormattableString.Invariant($"{File.Path}, row {_row}")), File.Path, _row, IsText: true);
        }
        catch (InvalidDataException) when (_policy == InvalidText.SkipDocument)
        {
            return new(text ?? [], File.Path, _row, IsText: false);
        }
    }

    protected override string ComputeDigest() => FileDigest.Compute(File.Path);

    protected override string DescribeEmpty() => "a table without rows";

    private byte[] Check(byte[]? text, string location)
    {
        if (text is null) throw new InvalidDataException($"{location}: \"{_column}\" is null, but it must be a text.");
        if (!Utf8.IsValid(text)) throw new InvalidDataException($"{location}: \"{_column}\" is not valid UTF-8.");
        return TextField.Normalize(Encoding.UTF8.GetString(text), location);
    }
}
