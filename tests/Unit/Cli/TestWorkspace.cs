using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>A folder with a plan for a very small run on the reference tokenizer and shards.</summary>
internal sealed class TestWorkspace : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestWorkspace()
    {
        var data = ReferenceRun.Plan.Data;
        File.WriteAllText(Plan,
            $$"""
            name: tiny
            run: {{Run}}
            seed: 77
            device: cpu
            threads: 1
            log_every: 2
            model: { vocab_size: 2048, d_model: 24, n_layers: 2, n_heads: 4, n_kv_heads: 2, d_ff: 40, max_seq_len: 24, dropout: 0.1 }
            data: { tokenizer: {{data.Tokenizer}}, shards: {{data.Shards}} }
            training: { steps: 12, micro_batch_size: 2, sequence_length: 19, accumulation_steps: 2 }
            optimizer: { learning_rate: 3e-3, minimum_learning_rate: 3e-4, warmup_steps: 2 }
            evaluation: { every: 4, windows: 2 }
            samples: { every: 5, prompts: [Kablo, İş], max_tokens: 4 }
            checkpoints: { every: 3, keep_last: 2 }

            """);
    }

    public string Plan => _folder / "tiny.yaml";

    public string Run => _folder / "run";

    public static string operator /(TestWorkspace here, string name) => here._folder / name;

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this / name)!);
        File.WriteAllBytes(this / name, bytes);
        return this / name;
    }

    /// <summary>Copies a folder, for tests that damage it.</summary>
    public string Copy(string folder, string name)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            Write(Path.Combine(name, Path.GetRelativePath(folder, file)), File.ReadAllBytes(file));
        return this / name;
    }

    /// <summary>All files and folders except the plan.</summary>
    public IEnumerable<string> Names() => Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(_folder.Path, path))
        .Where(name => name != "tiny.yaml")
        .Order(StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();
}
