using TorchSharp;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Spec;

/// <summary>
/// Where a requirement is judged: the device, number type and seed, and the configuration, tokenizer and data
/// of the run that waits for clearance.
/// </summary>
public sealed class Conditions : IDisposable
{
    private readonly Lazy<Tokenizer> _tokenizer;
    private readonly Lazy<TokenDataset> _data;

    /// <param name="plan">The run. Its tokenizer and shards are opened when a requirement first asks for them.</param>
    public Conditions(TrainingPlan plan)
    {
        Plan = plan;
        Device = TrainingDevice.Resolve(plan.Device);
        _tokenizer = new(() => Tokenizer.Load(plan.Data.Tokenizer));
        _data = new(() => TokenDataset.Open(plan.Data.Shards));
    }

    /// <summary>The run that waits for clearance.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Device of the run.</summary>
    public torch.Device Device { get; }

    /// <summary>Number type of matrix products.</summary>
    public ComputeType ComputeType => Plan.ComputeType;

    /// <summary>Every random number of a requirement comes from here.</summary>
    public long Seed => Plan.Seed;

    /// <summary>Model of the run.</summary>
    public ModelConfig Model => Plan.Model;

    /// <summary>Tokenizer of the run.</summary>
    public Tokenizer Tokenizer => _tokenizer.Value;

    /// <summary>Shards of the run.</summary>
    public TokenDataset Data => _data.Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_data.IsValueCreated) _data.Value.Dispose();
    }
}
