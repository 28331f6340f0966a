using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Files;
using static System.FormattableString;

namespace TurkishLlm.Runs.Logs;

/// <summary>
/// A file of JSON lines that grows with the steps of training. Each line is passed to the operating system before the next step,
/// so a killed run loses none, and a resumed run first removes the lines after its checkpoint.
/// </summary>
/// <typeparam name="T">Content of a line.</typeparam>
/// <param name="file">The file.</param>
/// <param name="getStep">Returns the step of a line.</param>
internal sealed class StepLog<T>(string file, Func<T, long> getStep) : IDisposable
    where T : class
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private FileStream? _stream;

    /// <summary>Reads all lines of a file; empty if it does not exist. Ignores an incomplete last line.</summary>
    /// <exception cref="InvalidDataException">A line is invalid; the message names it.</exception>
    public static IEnumerable<T> Read(string file)
    {
        if (!File.Exists(file)) yield break;
        foreach (var (line, _) in Lines(file)) yield return line;
    }

    /// <summary>Parses a line.</summary>
    /// <param name="file">The file, for errors.</param>
    /// <param name="number">Number of the line, counted from 1, for errors.</param>
    /// <param name="bytes">The line without its line break.</param>
    /// <exception cref="InvalidDataException">The line is invalid.</exception>
    public static T ParseLine(string file, long number, byte[] bytes) =>
        StrictJson.Deserialize<T>(bytes, Format, Invariant($"{file}:{number}"));

    /// <summary>Opens the file and removes the lines after a step; with 0, all of them.</summary>
    /// <exception cref="InvalidDataException">A line is invalid; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public void Open(long afterStep)
    {
        _stream?.Dispose();
        long keep = 0;
        if (afterStep > 0 && File.Exists(file))
            foreach (var (line, end) in Lines(file))
            {
                if (getStep(line) > afterStep) break;
                keep = end;
            }

        WithFileErrors(() =>
        {
            // Unbuffered: appended lines are passed to the operating system at once.
            _stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
            if (_stream.Length != keep) _stream.SetLength(keep);
            _stream.Position = keep;
        });
    }

    /// <summary>Appends a line.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public void Append(T line)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(line, Format);
        WithFileErrors(() => _stream!.Write([.. bytes, (byte)'\n']));
    }

    public void Dispose() => _stream?.Dispose();

    private void WithFileErrors(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Could not write {file}: {error.Message}", error);
        }
    }

    private static IEnumerable<(T Line, long End)> Lines(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 16);
        var bytes = new List<byte>();
        long end = 0, number = 1;
        for (int next; (next = stream.ReadByte()) >= 0;)
        {
            end++;
            if (next != '\n')
            {
                bytes.Add((byte)next);
                continue;
            }

            yield return (ParseLine(file, number++, bytes.ToArray()), end);
            bytes.Clear();
        }
    }
}
