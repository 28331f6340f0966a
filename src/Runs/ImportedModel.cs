using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Runs;

/// <summary>
/// A model with a tokenizer of another program, and the same model with the ids of this one: rows of embedding and head are
/// moved, and special tokens that it lacks are absent (<see cref="AbsentTokens"/>).
/// </summary>
/// <remarks>
/// Every probability is that of the original model, and the original is restored bit for bit when the model is exported for other
/// programs. Training makes it a model of this program, with all special tokens. Spec: IMP-01, IMP-02, IMP-03, IMP-04.
/// </remarks>
public sealed class ImportedModel : IDisposable
{
    private ImportedModel(ParameterTable weights, ForeignVocabulary vocabulary, VocabularyConversion conversion)
    {
        (Weights, Vocabulary, Tokenizer, AbsentNames) = (
            weights, vocabulary, conversion.Tokenizer, [.. conversion.AbsentIds.Select(id => SpecialTokens.Names[id])]);
        Template = FindTemplate();
    }

    /// <summary>The weights with the ids of this program.</summary>
    public ParameterTable Weights { get; }

    /// <summary>The vocabulary of the original model.</summary>
    public ForeignVocabulary Vocabulary { get; }

    /// <summary>The tokenizer with the ids of this program.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The chat template; null if the model has none, or one with other rules than this program's.</summary>
    public ChatTemplate? Template { get; }

    /// <summary>Names of the special tokens that the model lacks.</summary>
    public IReadOnlyList<string> AbsentNames { get; }

    /// <summary>Converts a model.</summary>
    /// <param name="original">The weights in the order of the vocabulary; not modified.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="file">File of the vocabulary, for error messages.</param>
    /// <exception cref="InvalidDataException">
    /// The tokenizer cannot be one of this program, or has another number of tokens than the model.
    /// </exception>
    public static ImportedModel Convert(ParameterTable original, ForeignVocabulary vocabulary, string file)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (vocabulary.Tokens.Count != original.Config.VocabSize)
            throw new InvalidDataException(FormattableString.Invariant(
                $"The tokenizer in {file} has {vocabulary.Tokens.Count} tokens, the model {original.Config.VocabSize}. ")
                    + "Give the tokenizer of the model.");
        var conversion = VocabularyConversion.Create(vocabulary, file);
        var weights = VocabularyRows.ToOwnOrder(original, conversion.Sources, new AbsentTokens(conversion.AbsentIds));
        return new(weights, vocabulary, conversion);
    }

    /// <summary>Returns the weights in the order of the original vocabulary.</summary>
    /// <param name="weights">The weights with the ids of this program; not modified.</param>
    /// <param name="vocabulary">The vocabulary of the original model.</param>
    public static ParameterTable Restore(ParameterTable weights, ForeignVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var conversion = VocabularyConversion.Create(vocabulary, ForeignVocabulary.FileName);
        if (conversion.Sources.Count != weights.Config.VocabSize
            || new AbsentTokens(conversion.AbsentIds) != weights.Config.AbsentTokens)
            throw new InvalidDataException(
                $"{ForeignVocabulary.FileName} is not the vocabulary of this model. Import the model again.");
        return VocabularyRows.ToOriginalOrder(weights, conversion.Sources);
    }

    /// <summary>Writes the model folder, with the original vocabulary beside the tokenizer.</summary>
    /// <param name="folder">The output folder; an existing one is replaced.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
    public void Write(string folder) =>
        ExportedModel.Write(folder, Weights, Tokenizer, Template, ExportFormat.Safetensors, original: Vocabulary);

    /// <inheritdoc/>
    public void Dispose() => Weights.Dispose();

    private ChatTemplate? FindTemplate()
    {
        int[] needed = [SpecialTokens.StartHeader, SpecialTokens.EndHeader, SpecialTokens.EndOfTurn];
        if (Vocabulary.ChatTemplate is null || Array.Exists(needed, id => Vocabulary.FindId(id) is null)) return null;
        return ChatFormat.All
            .Select(format => new ChatTemplate(Tokenizer, format: format))
            .FirstOrDefault(template => template.ToJinja() == Vocabulary.ChatTemplate);
    }
}
