using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>
/// Loads tokenizers of this and other projects. The format is recognized from the content of the file:
/// <list type="bullet">
/// <item><c>tokenizer.json</c> of this project;</item>
/// <item><c>tokenizer.json</c> of Hugging Face with a byte-level BPE of any split rule;</item>
/// <item>files of tiktoken: a token in base64 and its rank per line;</item>
/// <item>SentencePiece models, BPE and Unigram.</item>
/// </list>
/// </summary>
/// <remarks>
/// Others than those of this project are encoded by Microsoft.ML.Tokenizers. Everything that would change ids and that it cannot
/// do is refused with the reason. Templates that add tokens for the beginning or end of a text are ignored, like truncation and
/// padding. Some differences of that package remain. Half a surrogate pair, which is no character, has bytes of its own in place
/// of U+FFFD; <c>(?i:'s)</c> of a split rule does not match ſ (U+017F). With SentencePiece, each unknown character of a run is a
/// token, equal merges are not always made from the left, and texts of one character may have no token: about 1 % of lines have
/// other ids than SentencePiece gives.
/// </remarks>
/// <example>
/// <code>
/// var llama = ForeignTokenizer.Load("llama/tokenizer.json");
/// int tokens = llama.Encoder.CountTokens("Ankara'da hava nasıl?");
/// </code>
/// </example>
public static class ForeignTokenizer
{
    private static readonly string[] FileNames = ["tokenizer.json", "tokenizer.model"];
    private static readonly string[] Extensions = ["*.tiktoken", "*.model"];

    /// <summary>Loads a tokenizer.</summary>
    /// <param name="path">
    /// The file, or a folder that holds <c>tokenizer.json</c>, <c>tokenizer.model</c>, or one other file of these formats.
    /// </param>
    /// <param name="splitRule">
    /// Split rule of a tiktoken file: a name of <see cref="TiktokenSplitRule.Names"/> or a regular expression; empty to use the
    /// name of the file, such as <c>cl100k_base.tiktoken</c>.
    /// </param>
    /// <exception cref="FileNotFoundException">The path has no tokenizer.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, of another format, or needs something that is not supported; the message says what.
    /// </exception>
    public static LoadedTokenizer Load(string path, string splitRule = "")
    {
        ArgumentNullException.ThrowIfNull(path);
        var file = FindFile(path);
        FileContent.RefusePlaceholder(file);
        switch (Recognize(file))
        {
            case Format.Json:
                using (var json = StrictJson.ParseFile(file))
                    return OwnTokenizerJson.IsOwn(json.RootElement)
                        ? LoadedTokenizer.Of(Tokenizer.Load(Path.GetDirectoryName(Path.GetFullPath(file))!))
                        : new HuggingFaceTokenizerReader(file, json.RootElement).Read();
            case Format.Tiktoken: return TiktokenReader.Read(file, splitRule);
            case Format.SentencePiece: return SentencePieceReader.Read(file);
            default:
                throw new InvalidDataException(
                    $"{file} is not a tokenizer in a known format: tokenizer.json of a byte-level BPE, a tiktoken file (a token "
                        + "in base64 and its rank per line), or a SentencePiece model.");
        }
    }

    private enum Format { Unknown, Json, Tiktoken, SentencePiece }

    private static string FindFile(string path)
    {
        if (File.Exists(path)) return path;
        if (!Directory.Exists(path))
            throw new FileNotFoundException($"{path} does not exist. Give a tokenizer file or folder.", path);
        if (Array.Find(FileNames, name => File.Exists(Path.Combine(path, name))) is { } usual) return Path.Combine(path, usual);
        string[] others =
        [
            .. Extensions.SelectMany(extension => Directory.EnumerateFiles(path, extension)).Order(StringComparer.Ordinal),
        ];
        return others switch
        {
            [var only] => only,
            [] => throw new FileNotFoundException(
                $"{path} has no tokenizer.json, tokenizer.model or *.tiktoken. {FolderPath.DescribeContent(path)}", path),
            _ => throw new InvalidDataException(
                $"{path} has several tokenizers: {string.Join(", ", others.Select(Path.GetFileName))}. Give one of the files."),
        };
    }

    private static Format Recognize(string file)
    {
        var start = new byte[256];
        using (var stream = File.OpenRead(file))
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start is [(byte)'\n', ..]) return Format.SentencePiece;      // the first field of its protocol buffer
        var text = Encoding.UTF8.GetString(start).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (text.StartsWith('{')) return Format.Json;
        return TiktokenReader.IsLine(text.Split('\n')[0].TrimEnd('\r')) ? Format.Tiktoken : Format.Unknown;
    }
}
