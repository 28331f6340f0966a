using System.CommandLine;
using System.Diagnostics;
using TurkishLlm.Data;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm tokenizer train | encode | decode</c></summary>
internal static class TokenizerCommand
{
    public static Command Create(Display display) => new("tokenizer", "Trains and uses a byte-level BPE tokenizer.")
    {
        CreateTrain(display), CreateEncode(display), CreateDecode(display),
    };

    /// <summary>Trains on every document of a corpus and writes <c>tokenizer.json</c>.</summary>
    public static Tokenizer Train(Display display, string source, int vocabularySize, string output, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        var tokenizer = display.Progress("Tokenizer", tell =>
        {
            var progress = new Reporter<BytePairProgress>(p => tell(
                (double)(p.VocabularySize - 272) / Math.Max(1, p.VocabularyTarget - 272),
                p.DistinctPieces == 0 ? $"reading, {Show.Count(p.DocumentsRead)} documents" : $"{Show.Count(p.VocabularySize)} tokens"));
            return BytePairTrainer.Train(DocumentReader.Read(source).Select(document => document.Text), vocabularySize, progress, cancel);
        });
        tokenizer.Save(output);
        display.Line($"{Show.Count(tokenizer.VocabularySize)} tokens in {Show.Time(Stopwatch.GetElapsedTime(started).TotalSeconds)} → {Show.RelativePaths(output)}");
        return tokenizer;
    }

    private static Command CreateTrain(Display display)
    {
        var source = new Argument<string>("source") { Description = "A text file or a folder of .txt files, blank lines between documents." };
        var size = new Option<int>("--vocabulary", "-v") { Description = "Number of tokens, special ones included.", DefaultValueFactory = _ => 64_000 };
        var output = new Option<string>("--output", "-o") { Description = "Folder for tokenizer.json.", Required = true };
        var command = new Command("train", "Learns a vocabulary from text. Example: turkishllm tokenizer train corpus/ -v 64000 -o tokenizers/64k") { source, size, output };
        command.SetAction((parsed, cancel) =>
        {
            var vocabulary = parsed.GetValue(size);
            if (vocabulary is < VocabularyLayout.FirstMerge or > VocabularyLayout.MaximumSize)
                throw new InvalidDataException($"--vocabulary is {vocabulary}; it must be {VocabularyLayout.FirstMerge} (16 special tokens and 256 bytes) … {VocabularyLayout.MaximumSize}, such as 64000.");
            Train(display, parsed.GetRequiredValue(source), vocabulary, parsed.GetRequiredValue(output), cancel);
            return Task.CompletedTask;
        });
        return command;
    }

    private static Command CreateEncode(Display display)
    {
        var folder = new Argument<string>("tokenizer") { Description = "Folder of a tokenizer." };
        var text = new Argument<string>("text") { Description = "What to encode." };
        var command = new Command("encode", "Shows the tokens of a text. Example: turkishllm tokenizer encode tokenizers/64k \"Ankara'dan geldim.\"") { folder, text };
        command.SetAction(parsed =>
        {
            var tokenizer = Tokenizer.Load(parsed.GetRequiredValue(folder));
            var ids = tokenizer.EncodeToIds(TextNormalizer.ToNfc(parsed.GetRequiredValue(text)));
            display.Line(string.Join(' ', ids));
            display.Line(string.Join(" | ", ids.Select(id => tokenizer.Decode([id]))));
        });
        return command;
    }

    private static Command CreateDecode(Display display)
    {
        var folder = new Argument<string>("tokenizer") { Description = "Folder of a tokenizer." };
        var ids = new Argument<int[]>("ids") { Description = "Token ids.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("decode", "Turns ids back into text. Example: turkishllm tokenizer decode tokenizers/64k 412 978") { folder, ids };
        command.SetAction(parsed =>
        {
            var tokenizer = Tokenizer.Load(parsed.GetRequiredValue(folder));
            foreach (var id in parsed.GetRequiredValue(ids))
                if (id < 0 || id >= tokenizer.VocabularySize)
                    throw new InvalidDataException(Show.Text($"There is no token {id}: the vocabulary of {parsed.GetRequiredValue(folder)} has the ids 0 … {tokenizer.VocabularySize - 1}."));
            display.Line(tokenizer.Decode(parsed.GetRequiredValue(ids)));
        });
        return command;
    }
}
