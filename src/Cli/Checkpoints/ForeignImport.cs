using TurkishLlm.Cli.Terminal;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary>Imports a model together with a tokenizer of another program.</summary>
internal static class ForeignImport
{
    /// <summary>Reads the vocabulary of another program; null for a folder without one or with one of this program.</summary>
    /// <param name="tokenizerFolder">Folder of <c>tokenizer.json</c>.</param>
    /// <param name="config">The model.</param>
    public static ForeignVocabulary? Read(string tokenizerFolder, ModelConfig config)
    {
        var folder = FolderPath.Resolve(tokenizerFolder, "tokenizer.json");
        var file = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(file))
        {
            if (File.Exists(Path.Combine(folder, "tokenizer.model")))
                throw new InvalidDataException(
                    $"{folder} has a SentencePiece model, tokenizer.model. Models can be imported with a byte-level BPE only, in "
                        + "tokenizer.json.");
            return null;
        }
        return HuggingFaceVocabularyReader.IsForeign(file) ? HuggingFaceVocabularyReader.Read(file, config.VocabSize) : null;
    }

    /// <summary>Writes the model folder and prints what was converted.</summary>
    /// <param name="display">Receives what was converted.</param>
    /// <param name="output">The output folder.</param>
    /// <param name="weights">The weights in the order of the vocabulary.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="file">File or folder of the vocabulary.</param>
    /// <returns>True if the model can chat.</returns>
    public static bool Write(
        Display display, string output, ParameterTable weights, ForeignVocabulary vocabulary, string file)
    {
        using var imported = ImportedModel.Convert(weights, vocabulary, file);
        imported.Write(output);
        display.WriteLine(
            $"Tokenizer with {Format.Count(vocabulary.Tokens.Count, "token")} and the split rule {vocabulary.Split}: the special "
                + $"tokens of this program come first, and export restores the order of the file.");
        if (imported.AbsentNames.Count > 0)
            display.WriteLine(
                "Special tokens that it lacks, which are never predicted until the model is trained here: "
                    + string.Join(", ", imported.AbsentNames));
        return imported.Template is not null;
    }

    /// <summary>Warns that the chat template of the model was not imported.</summary>
    public static void WarnAboutTemplate(Display display) => display.WriteWarning(
        "The chat template of the file has other rules than this program, so it was not imported: the model can "
            + "generate, but not chat.");
}
