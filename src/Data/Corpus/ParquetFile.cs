using System.Globalization;
using Parquet;
using Parquet.Schema;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads columns of an Apache Parquet file, one row group at a time.</summary>
internal sealed class ParquetFile : IDisposable
{
    // A group is in memory at once; writers make groups of at most about a million rows.
    private const long MaximumGroupRows = 1 << 26;

    private readonly string _path;
    private readonly ParquetReader _reader;

    /// <exception cref="InvalidDataException">The file is damaged, or uses an unsupported feature.</exception>
    public ParquetFile(string path)
    {
        _path = path;
        _reader = Try(() => ParquetReader.CreateAsync(path).GetAwaiter().GetResult());
    }

    /// <summary>Number of row groups.</summary>
    public int GroupCount => _reader.RowGroupCount;

    /// <summary>Names of all top-level columns.</summary>
    public IReadOnlyList<string> Columns => Try(() => _reader.Schema.Fields.Select(column => column.Name).ToArray());

    /// <summary>Returns the values of a top-level column of text; null where the table has none.</summary>
    /// <exception cref="InvalidDataException">The column is not text, or the file is damaged.</exception>
    public byte[]?[] ReadTexts(int group, string column)
    {
        var field = Try(() => Array.Find(_reader.Schema.GetDataFields(), field => field.Path.ToString() == column));
        if (field is null || field.IsArray || !IsText(field))
            throw new InvalidDataException($"{_path}: the column {column} is not text.");
        return Try(() =>
        {
            using var rows = _reader.OpenRowGroupReader(group);
            var texts = new byte[RefuseSize(rows.RowCount)][];
            // As bytes, because the library decodes text without checking it.
            var bytes = new DataField(column, typeof(byte[]), field.IsNullable);
            _ = new ParquetSchema(bytes);
            rows.ReadAsync(bytes, texts).AsTask().GetAwaiter().GetResult();
            return texts;
        });
    }

    /// <summary>Returns all texts of a group, of every column and at any depth.</summary>
    /// <exception cref="InvalidDataException">A text is not UTF-8, or the file is damaged.</exception>
    public IEnumerable<string> ReadAllTexts(int group)
    {
        foreach (var field in Try(() => _reader.Schema.GetDataFields().Where(IsText).ToArray()))
            foreach (var text in Try(() => ReadAll(group, field)))
                yield return text.Contains('\uFFFD', StringComparison.Ordinal)
                    ? throw new InvalidDataException(
                        $"{_path}: a text of the column {field.Path} is not UTF-8, or contains U+FFFD.")
                    : text;
    }

    public void Dispose() => _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static bool IsText(DataField field) =>
        field.ClrType == typeof(ReadOnlyMemory<char>) || field.ClrType == typeof(string);

    private string[] ReadAll(int group, DataField field)
    {
        using var rows = _reader.OpenRowGroupReader(group);
        var count = RefuseSize(rows.GetMetadata(field)?.MetaData?.NumValues ?? rows.RowCount);
        var values = new ReadOnlyMemory<char>[count];
        rows.ReadRawAsync<ReadOnlyMemory<char>>(field, values, new int[count], new int[count]).AsTask().GetAwaiter().GetResult();
        return [.. values.Where(value => value.Length > 0).Select(value => value.ToString())];
    }

    private static int RefuseSize(long rows) => rows is >= 0 and <= MaximumGroupRows ? (int)rows : throw new InvalidDataException(
        string.Create(CultureInfo.InvariantCulture, $"it has a group of {rows} rows; at most {MaximumGroupRows} are read."));

    // The library throws any exception of its parts at damaged bytes.
    private T Try<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not FileNotFoundException)
        {
            throw new InvalidDataException(
                $"{_path} is not a Parquet file that can be read: {error.Message.Split('\n')[0].TrimEnd('.', '\r')}. "
                    + "Download it again, or convert it to JSON lines.", error);
        }
    }
}
