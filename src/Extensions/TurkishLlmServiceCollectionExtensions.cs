using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Generation;

namespace TurkishLlm.Extensions;

/// <summary>Adds local models to the services of an application.</summary>
public static class TurkishLlmServiceCollectionExtensions
{
    /// <summary>
    /// Adds a local model as <see cref="IChatClient"/>, and as <see cref="LocalModel"/>. It is loaded when it is first needed,
    /// and disposed with the services.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">A folder that <c>turkishllm checkpoint export</c> wrote, of a model trained on conversations.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="defaults">Sampling options of requests that do not give them; null for those of <c>chat</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddTurkishLlm(
        this IServiceCollection services, string folder, BatchOptions? options = null, SamplingOptions? defaults = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        services.AddSingleton(provider => LocalModel.Load(
            folder, options, provider.GetService<TimeProvider>(), logger: CreateLogger<LocalModel>(provider)));
        return services.AddSingleton<IChatClient>(provider => new TurkishLlmChatClient(
            provider.GetRequiredService<LocalModel>(), defaults, CreateLogger<TurkishLlmChatClient>(provider)));
    }

    private static ILogger? CreateLogger<T>(IServiceProvider provider) =>
        provider.GetService<ILoggerFactory>()?.CreateLogger(typeof(T).FullName!);
}
