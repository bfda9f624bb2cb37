// The arena's routes, in the name of one key.

using Maison.Wire;

namespace Maison.App;

public sealed partial class ApiClient
{
    public Task<BattleBody> NewBattle(BattleRequest request, CancellationToken stop)
        => Post("v1/arena/battles", request, WireJson.Default.BattleRequest, WireJson.Default.BattleBody, stop);

    public Task<BattleBody> Battle(string id, CancellationToken stop) => Get(BattlePath(id), WireJson.Default.BattleBody, stop);

    public Task<BattleBody> Vote(string id, VoteRequest request, CancellationToken stop)
        => Post($"{BattlePath(id)}/vote", request, WireJson.Default.VoteRequest, WireJson.Default.BattleBody, stop);

    public Task<BattleBody> AskJuror(string id, string model, CancellationToken stop)
        => Post($"{BattlePath(id)}/jury", new() { Model = model }, WireJson.Default.JuryRequest, WireJson.Default.BattleBody, stop);

    /// <param name="whose">all, mine or jury.</param>
    public Task<BoardBody> Board(string modality, string? category, bool styleControl, string whose, CancellationToken stop)
        => Get($"v1/arena/board?modality={Uri.EscapeDataString(modality)}&style_control={(styleControl ? "true" : "false")}{(whose is "mine" or "jury" ? $"&{whose}=true" : "")}{(category is null ? "" : "&category=" + Uri.EscapeDataString(category))}", WireJson.Default.BoardBody, stop);

    /// <summary>A file of the arena: a seat's picture or sound, the export, the snapshot, the method.</summary>
    public Task<HttpResponseMessage> ArenaFile(string path, CancellationToken stop) => Send(new(HttpMethod.Get, "v1/arena/" + path), stop);

    static string BattlePath(string id) => $"v1/arena/battles/{Uri.EscapeDataString(id)}";
}
